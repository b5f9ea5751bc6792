import { setTimeout as sleep } from 'node:timers/promises';
import { connectPublisher } from '../ingestion/connect.ts';
import { readFollowed, repeatProgress } from '../ingestion/publish/repeat-progress.ts';
import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';

const deps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  publish: connectPublisher(),
  now: () => Date.now(),
  pause: (delayMs: number) => sleep(delayMs),
};

/** Nobody waits for an answer: what is thrown has Lambda try again. */
export async function handler(event: unknown): Promise<void> {
  await repeatProgress(deps, readFollowed(event));
}
