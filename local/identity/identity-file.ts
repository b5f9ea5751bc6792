import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { readPrivateFile, writePrivateFile } from '../data-folder/index.ts';

/** Everything that must be the same after the next start. */
export interface IdentityFile {
  username: string;
  password: string;
  sub: string;
  keyId: string;
  privateKeyPem: string;
  /** Base64: signs refresh tokens, which nobody but the issuer reads. */
  refreshKey: string;
}

/** Reads the issuer's keys and its administrator, or makes them at the first start. */
export async function openIdentityFile(path: string): Promise<IdentityFile> {
  const existing = await readPrivateFile<IdentityFile>(path);
  if (existing) return existing;
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const identity: IdentityFile = {
    username: 'admin',
    password: randomBytes(18).toString('base64url'),
    sub: randomUUID(),
    keyId: randomBytes(16).toString('hex'),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    refreshKey: randomBytes(32).toString('base64'),
  };
  await writePrivateFile(path, identity);
  return identity;
}
