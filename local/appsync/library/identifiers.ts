import { randomBytes, randomUUID } from 'node:crypto';
import type { LibraryFunction } from './handler-session.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** KSUID counts seconds from 2014-05-13. */
const KSUID_EPOCH_S = 1_400_000_000;

function encode(bytes: Buffer, alphabet: string, length: number): string {
  const base = BigInt(alphabet.length);
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let encoded = '';
  for (let i = 0; i < length; i++) {
    encoded = alphabet.charAt(Number(rest % base)) + encoded;
    rest /= base;
  }
  return encoded;
}

function ulid(nowMs: number): string {
  const bytes = Buffer.concat([Buffer.alloc(6), randomBytes(10)]);
  bytes.writeUIntBE(nowMs, 0, 6);
  return encode(bytes, CROCKFORD, 26);
}

function ksuid(nowMs: number): string {
  const bytes = Buffer.concat([Buffer.alloc(4), randomBytes(16)]);
  bytes.writeUInt32BE(Math.floor(nowMs / 1000) - KSUID_EPOCH_S);
  return encode(bytes, BASE62, 27);
}

/** Random identifiers. */
export const identifierFunctions = {
  'util.autoId': () => randomUUID(),
  'util.autoUlid': (_, session) => ulid(session.nowMs()),
  'util.autoKsuid': (_, session) => ksuid(session.nowMs()),
} satisfies Record<string, LibraryFunction>;
