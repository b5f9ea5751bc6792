import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Date, region and service that a signature is good for. */
export interface Scope {
  /** yyyymmdd */
  date: string;
  region: string;
  service: string;
}

/** The SHA-256 of nothing, in hex. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Returns the lower-case hex SHA-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Derives the key that signs requests of one day, region and service. */
export function deriveSigningKey(secretAccessKey: string, scope: Scope): Buffer {
  const steps = [scope.date, scope.region, scope.service, 'aws4_request'];
  return steps.reduce<Buffer>((key, step) => hmac(key, step), Buffer.from(`AWS4${secretAccessKey}`, 'utf8'));
}

/** Returns the hex signature of a string to sign. */
export function signString(signingKey: Buffer, stringToSign: string): string {
  return hmac(signingKey, stringToSign).toString('hex');
}

export function formatScope(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

/** Compares two secrets in a time that depends on neither. */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(sha256Hex(left), 'hex'), Buffer.from(sha256Hex(right), 'hex'));
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data, 'utf8').digest();
}
