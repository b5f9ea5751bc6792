import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 16;
const SECRET_LENGTH = 32;
/** 62^6 is above 2^32, so that six digits hold a CRC32. */
const CHECK_LENGTH = 6;
const FORM = /^vdb_([0-9A-Za-z]{16})_[0-9A-Za-z]{38}$/;

function randomBase62(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checkDigits(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK_LENGTH; place++) {
    digits = `${ALPHABET[rest % ALPHABET.length]}${digits}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** Returns a new key id. */
export function createKeyId(): string {
  return randomBase62(ID_LENGTH);
}

/** Returns a new secret for a key: 190 random bits, and check digits that make a typing mistake cheap to refuse. */
export function createSecret(keyId: string): string {
  const body = `${keyPrefix(keyId)}_${randomBase62(SECRET_LENGTH)}`;
  return `${body}${checkDigits(body)}`;
}

/** Returns the part of a secret that may be shown: it names the key and gives nothing away. */
export function keyPrefix(keyId: string): string {
  return `vdb_${keyId}`;
}

/** Returns the key id that a secret names, or null when it is malformed or its check digits are wrong. */
export function parseSecret(secret: string): string | null {
  const keyId = FORM.exec(secret)?.[1];
  if (keyId === undefined) return null;
  const body = secret.slice(0, -CHECK_LENGTH);
  return checkDigits(body) === secret.slice(-CHECK_LENGTH) ? keyId : null;
}

/** Returns what is stored of a secret: HMAC-SHA-256 with the pepper, in hex. */
export function hashSecret(secret: string, pepper: string): string {
  return createHmac('sha256', pepper).update(secret).digest('hex');
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function isSameHash(one: string, other: string): boolean {
  const left = Buffer.from(one, 'hex');
  const right = Buffer.from(other, 'hex');
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}
