import { createHmac, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 16;

/** The key is no secret: it keeps a token from being read back against another table, and edits from passing. */
function macOf(table: string, key: Buffer): Buffer {
  return createHmac('sha256', `next-token:${table}`).update(key).digest().subarray(0, MAC_BYTES);
}

/** Writes the key where the next page starts as an opaque token. */
export function writeToken(table: string, lastKey: unknown): string | null {
  if (lastKey === undefined || lastKey === null) return null;
  const key = Buffer.from(JSON.stringify(lastKey));
  return Buffer.concat([macOf(table, key), key]).toString('base64url');
}

/** Reads a token of `writeToken`; null when it is not one of this table. */
export function readToken(table: string, token: unknown): Record<string, unknown> | null {
  const bytes = Buffer.from(typeof token === 'string' ? token : '', 'base64url');
  const [mac, key] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, macOf(table, key))) return null;
  return JSON.parse(key.toString()) as Record<string, unknown>;
}
