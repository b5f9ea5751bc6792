import { SigV4Error } from './failure.ts';
import { sha256Hex } from './signing-key.ts';

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Name and value of each query parameter, decoded, in the order of the request. */
export type QueryPairs = readonly (readonly [string, string])[];

interface CanonicalParts {
  method: string;
  /** As it came over the wire. */
  rawPath: string;
  query: QueryPairs;
  headers: Headers;
  signedHeaders: readonly string[];
  payloadHash: string;
  /** S3 encodes a path once and keeps its dots; every other service removes dot segments and encodes twice. */
  isS3: boolean;
}

/** Returns the hash of the canonical request, which is what gets signed. */
export function hashCanonicalRequest(parts: CanonicalParts): string {
  const headerLines = parts.signedHeaders.map(
    (name) => `${name}:${canonicalHeaderValue(parts.headers, name)}\n`,
  );
  return sha256Hex(
    [
      parts.method.toUpperCase(),
      parts.isS3 ? canonicalS3Path(parts.rawPath) : canonicalPath(parts.rawPath),
      canonicalQuery(parts.query),
      headerLines.join(''),
      parts.signedHeaders.join(';'),
      parts.payloadHash,
    ].join('\n'),
  );
}

/** Splits a request target into its path and its decoded query. */
export function splitTarget(target: string): { rawPath: string; query: QueryPairs } {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const rawQuery = mark < 0 ? '' : target.slice(mark + 1);
  const query = rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [decodePart(name.replaceAll('+', ' ')), decodePart(value.replaceAll('+', ' '))];
    });
  return { rawPath, query };
}

/** Percent-encodes everything but letters, digits and `-._~`, as AWS signs it. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Returns a header's value with the outer blanks removed and inner runs of blanks as one. */
function canonicalHeaderValue(headers: Headers, name: string): string {
  const value = headers[name];
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.map((text) => text.trim().replace(/\s+/g, ' ')).join(',');
}

function canonicalS3Path(rawPath: string): string {
  return rawPath
    .split('/')
    .map((part) => encodeRfc3986(decodePart(part)))
    .join('/');
}

function canonicalPath(rawPath: string): string {
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const closing = segments.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return `/${segments.map(encodeRfc3986).join('/')}${closing}`;
}

function canonicalQuery(query: QueryPairs): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort(comparePairs)
    .join('&');
}

/** Orders by name, then by value: `=` would otherwise sort among the characters of longer names. */
function comparePairs(left: string, right: string): number {
  const a = left.replace('=', '\0');
  const b = right.replace('=', '\0');
  return a < b ? -1 : a > b ? 1 : 0;
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SigV4Error(
      'IncompleteSignature',
      `The request's address has "${text}", which is not UTF-8 in percent encoding`,
    );
  }
}
