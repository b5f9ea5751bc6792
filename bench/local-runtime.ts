// Measures the product as `npm start` runs it: node bench/local-runtime.ts, after npm run build.
import { setTimeout as delay } from 'node:timers/promises';
import { request } from '../test/support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../test/support/local-runtime.ts';
import { search } from '../test/support/search.ts';
import { createDatabase, getFile, uploadFile } from '../test/support/upload.ts';
import { readResidentBytes } from './ingestion/process-usage.ts';

const dimension = 384;
const words =
  'harbour glacier orchard lantern meadow granite violin compass thunder saffron willow ember'.split(' ');

function percentile(samplesMs: number[], share: number): string {
  const sorted = [...samplesMs].sort((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1)} ms`;
}

function report(name: string, samplesMs: number[], totalMs: number): void {
  const rate = ((samplesMs.length * 1000) / totalMs).toFixed(1);
  console.log(
    `${name.padEnd(44)} ${rate.padStart(8)}/s   p50 ${percentile(samplesMs, 0.5)}   p99 ${percentile(samplesMs, 0.99)}`,
  );
}

async function measure(
  name: string,
  callers: number,
  calls: number,
  run: (caller: number, call: number) => Promise<unknown>,
) {
  const samplesMs: number[] = [];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let call = 0; call < calls; call++) {
        const callStartedAt = performance.now();
        await run(caller, call);
        samplesMs.push(performance.now() - callStartedAt);
      }
    }),
  );
  report(`${name}, ${callers} at a time`, samplesMs, performance.now() - startedAt);
}

function upsert(runtime: LocalRuntime, databaseId: string, id: string, seed: number): Promise<unknown> {
  const values = Array.from({ length: dimension }, (_, i) => Math.sin(seed * 31 + i * (seed + 2)));
  return request(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    'mutation ($d: ID!, $v: [VectorInput!]!) { upsertVectors(databaseId: $d, vectors: $v) { version } }',
    { d: databaseId, v: [{ id, values }] },
  );
}

async function measureIngestion(runtime: LocalRuntime, records: number): Promise<void> {
  const { id: databaseId } = await createDatabase(runtime, {
    name: 'Ingestion',
    embedding: { provider: 'local' },
  });
  const lines = Array.from({ length: records }, (_, n) => {
    const text = Array.from(
      { length: 120 },
      (_unused, i) => words[(n * 7 + i * (n % 11) + i) % words.length],
    ).join(' ');
    return JSON.stringify({ text: `Record ${n}. ${text}` });
  });
  const bytes = new TextEncoder().encode(lines.join('\n'));
  const startedAt = performance.now();
  const fileId = await uploadFile(runtime, { databaseId, name: 'records.jsonl', bytes });
  let peakBytes = 0;
  for (;;) {
    const file = await getFile(runtime, databaseId, fileId);
    peakBytes = Math.max(peakBytes, (await readResidentBytes(runtime.pid ?? 0)) ?? 0);
    if (file?.status === 'FAILED') throw new Error(file.error?.message);
    if (file?.status === 'READY') break;
    await delay(20);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const megabytes = bytes.length / 1e6;
  console.log(
    `${`ingestion of ${records} records, ${megabytes.toFixed(1)} MB`.padEnd(44)} ${(records / seconds).toFixed(0).padStart(8)} chunks/s   ${(megabytes / seconds).toFixed(2)} MB/s   ${seconds.toFixed(1)} s   peak ${(peakBytes / 1e6).toFixed(0)} MB resident`,
  );
  await measure('hybrid search of them', 1, 100, (_, call) =>
    search(runtime, { databaseId, text: `${words[call % words.length]} ${call}`, topK: 10 }),
  );
}

const runtime = await startLocalRuntime();
const { id: databaseId } = await createDatabase(runtime, { name: 'Writes', dimension });
await measure('upsert of one vector', 1, 100, (_, call) => upsert(runtime, databaseId, `one-${call}`, call));
await measure('upsert of one vector', 8, 25, (caller, call) =>
  upsert(runtime, databaseId, `eight-${caller}-${call}`, caller * 100 + call),
);
await measure('exact search of 300 vectors', 1, 100, (_, call) =>
  search(runtime, {
    databaseId,
    values: Array.from({ length: dimension }, (_unused, i) => Math.cos(i + call)),
    topK: 10,
  }),
);
await measureIngestion(runtime, 10_000);
await runtime.stop();
