import { randomBytes } from 'node:crypto';
import { readPrivateFile, writePrivateFile } from '../data-folder/index.ts';

const KEY_BYTES = 32;

/** Reads what the credentials of roles are derived from, or makes it: presigned URLs outlive the process with it. */
export async function openCredentialKey(path: string): Promise<Buffer> {
  const stored = await readPrivateFile<{ key: string }>(path);
  const key = Buffer.from(stored?.key ?? '', 'base64');
  if (key.length === KEY_BYTES) return key;
  if (stored) throw new Error(`${path} has no key of ${KEY_BYTES} bytes; delete the file to make a new one`);
  const fresh = randomBytes(KEY_BYTES);
  await writePrivateFile(path, { key: fresh.toString('base64') });
  return fresh;
}
