import { type ApiKeyItem, keyStatus, type KeyTable, readKey } from './api-key-item.ts';
import { hashSecret, isSameHash, parseSecret } from './key-secret.ts';

interface Verification {
  item: ApiKeyItem;
  /** When the secret stops working by itself: the key's expiry or the end of a rotation's grace; null means never. */
  validUntilMs: number | null;
}

interface Refusal {
  reason: string;
  /** The key that the secret belongs to; null when nobody proved to hold it. */
  item: ApiKeyItem | null;
}

export interface VerifyDeps {
  keys: KeyTable;
  readPepper: () => Promise<string>;
  nowMs: number;
}

function earliest(...times: (string | null | undefined)[]): number | null {
  const given = times.filter((time) => time !== null && time !== undefined).map((time) => Date.parse(time));
  return given.length === 0 ? null : Math.min(...given);
}

function matchSecret(item: ApiKeyItem, hash: string): 'CURRENT' | 'PREVIOUS' | null {
  if (isSameHash(item.hash, hash)) return 'CURRENT';
  return isSameHash(item.previousHash ?? '', hash) ? 'PREVIOUS' : null;
}

function judge(item: ApiKeyItem, match: 'CURRENT' | 'PREVIOUS', nowMs: number): Verification | Refusal {
  const status = keyStatus(item, nowMs);
  if (status === 'REVOKED') return { reason: `The key was revoked at ${item.revokedAt}.`, item };
  if (status === 'EXPIRED') return { reason: `The key expired at ${item.expiresAt}.`, item };
  if (match === 'CURRENT') return { item, validUntilMs: earliest(item.expiresAt) };
  const graceEndMs = earliest(item.previousUntil) ?? 0;
  if (graceEndMs <= nowMs) return { reason: 'The key was rotated: this is its former secret.', item };
  return { item, validUntilMs: earliest(item.expiresAt, item.previousUntil) };
}

/** Checks a secret; a malformed one is refused before anything is read. */
export async function verifySecret(secret: string, deps: VerifyDeps): Promise<Verification | Refusal> {
  const keyId = parseSecret(secret);
  if (keyId === null)
    return { reason: 'This is not an API key: its form or its check digits are wrong.', item: null };
  const [item, pepper] = await Promise.all([readKey(deps.keys, keyId), deps.readPepper()]);
  const hash = hashSecret(secret, pepper);
  const match = item ? matchSecret(item, hash) : null;
  if (!item || match === null) return { reason: 'There is no key with this secret.', item: null };
  return judge(item, match, deps.nowMs);
}
