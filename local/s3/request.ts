import type { IncomingMessage } from 'node:http';
import { splitTarget } from '../sigv4/index.ts';
import type { QueryPairs } from '../sigv4/index.ts';
import { S3Error } from './s3-error.ts';

/** What a request names: `key` is undefined for a request about the bucket, `bucket` for one about neither. */
export interface Target {
  bucket: string | undefined;
  key: string | undefined;
  query: ReadonlyMap<string, string>;
}

const LONGEST_KEY_BYTES = 1024;

/** Reads bucket, key and query, path-style or from a `<bucket>.localhost` host. The path is never normalised: `..` is part of a key. */
export function parseTarget(req: IncomingMessage): Target {
  const url = req.url ?? '/';
  if (!url.startsWith('/')) throw new S3Error('InvalidURI', `The address is "${url}"; expected a path`);
  const { rawPath, query } = splitTarget(url);
  const hostBucket = bucketOfHost(req.headers.host ?? '');
  const path = decodePath(rawPath.slice(1));
  const slash = path.indexOf('/');
  const bucket = hostBucket ?? (slash < 0 ? path : path.slice(0, slash));
  const key = hostBucket === undefined ? (slash < 0 ? '' : path.slice(slash + 1)) : path;
  checkKeyLength(key);
  return {
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
    query: queryMap(query),
  };
}

export function checkKeyLength(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY_BYTES) {
    throw new S3Error(
      'KeyTooLongError',
      `Your key is too long: ${bytes} bytes; at most ${LONGEST_KEY_BYTES} are allowed`,
      {
        details: { Size: String(bytes), MaxSizeAllowed: String(LONGEST_KEY_BYTES) },
      },
    );
  }
}

/** `bucket.localhost` and `bucket.s3.localhost` name a bucket, `localhost`, `s3.localhost` and addresses do not. */
function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!name.endsWith('.localhost')) return undefined;
  const bucket = name.slice(0, -'.localhost'.length).replace(/(^|\.)s3$/, '');
  return bucket === '' ? undefined : bucket;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new S3Error(
      'InvalidURI',
      "Couldn't parse the specified URI: it is not UTF-8 in percent encoding.",
      { cause },
    );
  }
}

function queryMap(query: QueryPairs): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of query) {
    if (map.has(name))
      throw new S3Error('InvalidArgument', `The query has "${name}" more than once; expected once`);
    map.set(name, value);
  }
  return map;
}
