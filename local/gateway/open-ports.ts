import { join } from 'node:path';
import { readPrivateFile, StartError, writePrivateFile } from '../data-folder/index.ts';
import { listen } from './listen.ts';
import type { Listener } from './listen.ts';
import type { ServerIdentity } from '../tls/index.ts';

export interface Ports {
  main: Listener;
  /** Serves what the main port serves; null when nobody asked for it. */
  secure: Listener | null;
  aws: Listener;
}

/** Takes both ports: the main one as asked for, the other the one of last time, the next, or any. */
export async function openPorts(
  dataFolder: string,
  { port, tls }: { port: number; tls: { port: number; identity: ServerIdentity } | null },
  onError: (line: string) => void,
): Promise<Ports> {
  const main = await listenAt({ port, option: '--port' }, onError);
  const secure = tls && (await listenAt({ ...tls, option: '--tls-port' }, onError));
  const path = join(dataFolder, 'ports.json');
  const saved = await readPrivateFile<{ aws: number }>(path);
  const aws = await listenFirst([saved?.aws, main.port + 1, 0], onError);
  if (saved?.aws !== aws.port) await writePrivateFile(path, { aws: aws.port });
  return { main, secure, aws };
}

async function listenAt(
  { port, option, identity }: { port: number; option: string; identity?: ServerIdentity },
  onError: (line: string) => void,
): Promise<Listener> {
  try {
    return await listen(port, onError, identity);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE' ? `is in use; choose another with ${option}` : `cannot be used: ${message}`;
    throw new StartError(`port ${port} ${reason}`, { cause });
  }
}

async function listenFirst(
  candidates: (number | undefined)[],
  onError: (line: string) => void,
): Promise<Listener> {
  let last: unknown;
  for (const candidate of candidates) {
    if (candidate === undefined || candidate > 65_535) continue;
    try {
      return await listen(candidate, onError);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      last = error;
    }
  }
  throw new StartError('no port is free for the AWS protocols', { cause: last });
}
