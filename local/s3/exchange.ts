import type { IncomingMessage } from 'node:http';
import type { Principal, RequestContext } from '../iam/index.ts';
import type { VerifiedRequest } from '../sigv4/index.ts';
import type { ObjectStore } from './object-store.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import type { BucketConfig, S3Options } from './types.ts';

/** One request whose sender is known and whose bucket exists. */
export interface Exchange {
  req: IncomingMessage;
  requestId: string;
  bucket: BucketConfig;
  /** Empty for a request about the bucket. */
  key: string;
  query: ReadonlyMap<string, string>;
  /** Headers, and for a presigned request also what its query carries in their place. */
  headers: ReadonlyMap<string, string>;
  /** Undefined for a POST form, whose sender the form names. */
  verified: VerifiedRequest<Principal> | undefined;
  nowMs: number;
}

/** What every operation works with. */
export interface Services {
  options: S3Options;
  store: ObjectStore;
  /** When the buckets were made. */
  createdMs: number;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** XML, or the bytes of an object. */
  body?: string | AsyncIterable<Uint8Array>;
  /** Called once the answer is out, or will never be. */
  release?(): void;
}

export function objectArn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`;
}

/** Fails with AccessDenied unless the sender may do `action`; the resource is the exchange's own unless it is given. */
export function authorize(
  services: Services,
  exchange: Exchange,
  action: string,
  about: { resource?: string; context?: RequestContext; principal?: Principal } = {},
): void {
  const principal = about.principal ?? exchange.verified?.principal;
  if (!principal) throw new S3Error('AccessDenied', 'Access Denied');
  const own =
    exchange.key === ''
      ? `arn:aws:s3:::${exchange.bucket.name}`
      : objectArn(exchange.bucket.name, exchange.key);
  const decision = services.options.decide(principal, action, about.resource ?? own, about.context);
  if (!decision.allowed) throw new S3Error('AccessDenied', decision.message);
}

/**
 * Returns the error for a key that is not there. As in AWS, only who may list the bucket learns that: everyone else gets
 * AccessDenied, so that a role without s3:ListBucket fails here as it would there.
 */
export function missingKey(
  services: Services,
  exchange: Exchange,
  headers: Record<string, string> = {},
): S3Error {
  const principal = exchange.verified?.principal;
  const bucketArn = `arn:aws:s3:::${exchange.bucket.name}`;
  const decision = principal && services.options.decide(principal, 's3:ListBucket', bucketArn);
  if (decision && !decision.allowed) return new S3Error('AccessDenied', decision.message, { headers });
  return new S3Error('NoSuchKey', 'The specified key does not exist.', {
    details: { Key: exchange.key },
    headers,
  });
}

/** Returns the answer's headers that name a version, where the bucket is versioned. */
export function versionHeaders(exchange: Exchange, version: Version): Record<string, string> {
  return exchange.bucket.isVersioned || version.versionId !== 'null'
    ? { 'x-amz-version-id': version.versionId }
    : {};
}

/** Returns an integer query parameter within its bounds, or its default; fails with InvalidArgument. */
export function integerParameter(
  exchange: Exchange,
  name: string,
  bounds: { smallest: number; largest: number; fallback: number },
): number {
  const text = exchange.query.get(name);
  if (text === undefined) return bounds.fallback;
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value < bounds.smallest) {
    throw new S3Error(
      'InvalidArgument',
      `${name} is "${text}"; expected an integer from ${bounds.smallest} to ${bounds.largest}`,
      {
        details: { ArgumentName: name, ArgumentValue: text },
      },
    );
  }
  return Math.min(value, bounds.largest);
}
