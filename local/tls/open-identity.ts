import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '../data-folder/index.ts';
import { createServerIdentity } from './self-signed.ts';
import type { ServerIdentity } from './self-signed.ts';

interface SavedIdentity extends ServerIdentity {
  expiresMs: number;
}

const DAYS = 365;
const DAY_MS = 86_400_000;
/** A certificate that ends sooner is made anew. */
const LEAST_DAYS_LEFT = 30;

/** Returns the certificate of a data folder, made when there is none; clients trust `certificatePath`. */
export async function openServerIdentity(
  dataFolder: string,
  nowMs: number,
): Promise<{ identity: ServerIdentity; certificatePath: string }> {
  const path = join(dataFolder, 'tls.json');
  const certificatePath = join(dataFolder, 'certificate.pem');
  let saved = await readPrivateFile<SavedIdentity>(path);
  if (!saved || saved.expiresMs < nowMs + LEAST_DAYS_LEFT * DAY_MS) {
    saved = { ...createServerIdentity(nowMs, DAYS), expiresMs: nowMs + DAYS * DAY_MS };
    await writePrivateFile(path, saved);
  }
  await writeFile(certificatePath, saved.cert);
  return { identity: { key: saved.key, cert: saved.cert }, certificatePath };
}
