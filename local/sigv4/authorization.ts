import type { Headers, QueryPairs } from './canonical-request.ts';
import { SigV4Error } from './failure.ts';
import type { Scope } from './signing-key.ts';

/** What a request claims about its signature, from its header or its query. */
export interface Authorization {
  accessKeyId: string;
  scope: Scope;
  signedHeaders: string[];
  signature: string;
  /** yyyymmddThhmmssZ */
  timestamp: string;
  /** Null for a signature in the header. */
  expiresSeconds: number | null;
  sessionToken: string | null;
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';
const LONGEST_EXPIRY_SECONDS = 7 * 24 * 60 * 60;

/** Reads the signature from the Authorization header or the query; fails with a SigV4Error when there is none, two, or half of one. */
export function readAuthorization(headers: Headers, query: QueryPairs): Authorization {
  const header = singleHeader(headers, 'authorization');
  const isPresigned = query.some(([name]) => name === 'X-Amz-Algorithm' || name === 'X-Amz-Signature');
  if (header !== undefined && isPresigned) {
    throw new SigV4Error(
      'IncompleteSignature',
      'Only one auth mechanism allowed; the request has an Authorization header and X-Amz-Algorithm',
    );
  }
  if (isPresigned) return readQuery(query);
  if (header === undefined)
    throw new SigV4Error('MissingAuthenticationToken', 'Missing Authentication Token');
  return readHeader(header, headers);
}

/** Reads `<access key>/<date>/<region>/<service>/aws4_request`. */
export function parseCredential(credential: string): { accessKeyId: string; scope: Scope } {
  const [accessKeyId, date, region, service, end, ...rest] = credential.split('/');
  if (
    !accessKeyId ||
    !date ||
    !region ||
    !service ||
    end !== 'aws4_request' ||
    rest.length > 0 ||
    !/^\d{8}$/.test(date)
  ) {
    throw new SigV4Error(
      'IncompleteSignature',
      `Credential is "${credential}"; expected <access key>/<yyyymmdd>/<region>/<service>/aws4_request`,
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** Returns the time of a `yyyymmddThhmmssZ` stamp in milliseconds. */
export function parseTimestamp(timestamp: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const timeMs = match ? Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) : NaN;
  if (Number.isNaN(timeMs)) {
    throw new SigV4Error('IncompleteSignature', `Date is "${timestamp}"; expected yyyymmddThhmmssZ`);
  }
  return timeMs;
}

function readHeader(header: string, headers: Headers): Authorization {
  if (!header.startsWith(`${ALGORITHM} `)) {
    throw new SigV4Error(
      'IncompleteSignature',
      `Authorization is not supported; expected "${ALGORITHM} Credential=…"`,
      {
        code: 'InvalidArgument',
        message: 'Unsupported Authorization Type',
        details: { ArgumentName: 'Authorization', ArgumentValue: header },
      },
    );
  }
  const parts = new Map<string, string>();
  for (const part of header.slice(ALGORITHM.length).split(',')) {
    const [name = '', ...value] = part.trim().split('=');
    if (parts.has(name))
      throw new SigV4Error('IncompleteSignature', `Authorization has two parameters "${name}"`);
    parts.set(name, value.join('='));
  }
  const read = (name: string): string =>
    required(parts.get(name), `Authorization header requires '${name}' parameter`);
  const timestamp = singleHeader(headers, 'x-amz-date') ?? '';
  return {
    ...parseCredential(read('Credential')),
    signedHeaders: parseSignedHeaders(read('SignedHeaders')),
    signature: parseSignature(read('Signature')),
    timestamp: required(timestamp, "Authorization header requires existence of the 'X-Amz-Date' header"),
    expiresSeconds: null,
    sessionToken: singleHeader(headers, 'x-amz-security-token') ?? null,
  };
}

function readQuery(query: QueryPairs): Authorization {
  const find = (name: string): string | undefined => {
    const found = query.filter(([key]) => key === name);
    if (found.length > 1)
      throw new SigV4Error(
        'IncompleteSignature',
        `The query has ${name} ${found.length} times; expected once`,
      );
    return found[0]?.[1];
  };
  const read = (name: string): string => required(find(name), `The query requires the parameter ${name}`);
  if (read('X-Amz-Algorithm') !== ALGORITHM) {
    throw new SigV4Error(
      'IncompleteSignature',
      `X-Amz-Algorithm is "${find('X-Amz-Algorithm')}"; expected "${ALGORITHM}"`,
    );
  }
  const expires = read('X-Amz-Expires');
  if (!/^\d{1,7}$/.test(expires) || Number(expires) > LONGEST_EXPIRY_SECONDS || Number(expires) < 1) {
    throw new SigV4Error(
      'IncompleteSignature',
      `X-Amz-Expires is "${expires}"; expected 1 to ${LONGEST_EXPIRY_SECONDS} seconds`,
    );
  }
  return {
    ...parseCredential(read('X-Amz-Credential')),
    signedHeaders: parseSignedHeaders(read('X-Amz-SignedHeaders')),
    signature: parseSignature(read('X-Amz-Signature')),
    timestamp: read('X-Amz-Date'),
    expiresSeconds: Number(expires),
    sessionToken: find('X-Amz-Security-Token') ?? null,
  };
}

function parseSignedHeaders(text: string): string[] {
  const names = text.split(';');
  const isSorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  if (
    !isSorted ||
    names.some((name) => !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) ||
    !names.includes('host')
  ) {
    throw new SigV4Error(
      'IncompleteSignature',
      `SignedHeaders is "${text}"; expected lower-case names in order, separated by ";", with host among them`,
    );
  }
  return names;
}

function parseSignature(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new SigV4Error(
      'IncompleteSignature',
      `Signature is "${text}"; expected 64 lower-case hexadecimal digits`,
    );
  }
  return text;
}

function singleHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  if (value.length > 1)
    throw new SigV4Error(
      'IncompleteSignature',
      `The header ${name} is given ${value.length} times; expected once`,
    );
  return value[0];
}

function required(value: string | undefined, message: string): string {
  if (value === undefined || value === '') throw new SigV4Error('IncompleteSignature', message);
  return value;
}
