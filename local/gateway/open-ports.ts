import { join } from 'node:path';
import { readPrivateFile, StartError, writePrivateFile } from '../data-folder/index.ts';
import { listen } from './listen.ts';
import type { Listener } from './listen.ts';

export interface Ports {
  main: Listener;
  aws: Listener;
}

/** Takes both ports: the main one as asked for, the other the one of last time, the next, or any. */
export async function openPorts(
  dataFolder: string,
  port: number,
  onError: (line: string) => void,
): Promise<Ports> {
  const main = await listen(port, onError).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE' ? 'is in use; choose another with --port' : `cannot be used: ${message}`;
    throw new StartError(`port ${port} ${reason}`, { cause });
  });
  const path = join(dataFolder, 'ports.json');
  const saved = await readPrivateFile<{ aws: number }>(path);
  const aws = await listenFirst([saved?.aws, main.port + 1, 0], onError);
  if (saved?.aws !== aws.port) await writePrivateFile(path, { aws: aws.port });
  return { main, aws };
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
