// node bench/ingestion.ts [--format jsonl|csv] [--mb 50] [--record 900]: a made file from upload to READY, through the product as `npm start` runs it.
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { File as StoredFile } from '../schema/generated/types.ts';
import { request } from '../test/support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../test/support/local-runtime.ts';
import { search } from '../test/support/search.ts';
import { createDatabase, getFile } from '../test/support/upload.ts';
import { uploadFromDisk, writeMadeFile } from './ingestion/upload-made-file.ts';
import { type MemorySample, readCpuSeconds, readResidentBytes, sampleAt } from './ingestion/process-usage.ts';

const MB = 1e6;
const SAMPLE_MS = 1_000;
/** Each takes half a minute at most. */
const MAX_TRIES = 20;
const SHARES = [25, 50, 75, 100];

function readOptions(): { format: 'jsonl' | 'csv'; mb: number; recordBytes: number; isVerbose: boolean } {
  const { values } = parseArgs({
    options: {
      format: { type: 'string', default: 'jsonl' },
      mb: { type: 'string', default: '50' },
      record: { type: 'string', default: '900' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { format } = values;
  if (format !== 'jsonl' && format !== 'csv') throw new Error(`--format is ${format}; known are jsonl, csv.`);
  return { format, mb: Number(values.mb), recordBytes: Number(values.record), isVerbose: values.verbose };
}

interface Watched {
  file: StoredFile;
  samples: MemorySample[];
  /** Seconds from the start to the first sight of each status. */
  seenAt: Map<string, number>;
  /** Processor time of the runtime with all its functions. */
  cpuSeconds: number;
}

async function watch(
  runtime: LocalRuntime,
  { databaseId, fileId, isVerbose }: { databaseId: string; fileId: string; isVerbose: boolean },
): Promise<Watched> {
  const startedAt = performance.now();
  const pid = runtime.pid ?? 0;
  const cpuBefore = await readCpuSeconds(pid);
  const samples: MemorySample[] = [];
  const seenAt = new Map<string, number>();
  for (;;) {
    const file = await getFile(runtime, databaseId, fileId);
    const seconds = (performance.now() - startedAt) / 1_000;
    const residentBytes = (await readResidentBytes(pid)) ?? 0;
    if (file) {
      if (!seenAt.has(file.status)) seenAt.set(file.status, seconds);
      samples.push({ seconds, residentBytes, percent: file.progress.percent });
      if (isVerbose && samples.length % 10 === 0)
        console.log(
          `${seconds.toFixed(0)} s ${file.status} ${file.progress.percent} % ${(residentBytes / MB).toFixed(0)} MB ${file.progress.message ?? ''}`,
        );
      if (file.status === 'FAILED') throw new Error(file.error?.message);
      if (file.status === 'READY')
        return { file, samples, seenAt, cpuSeconds: (await readCpuSeconds(pid)) - cpuBefore };
    }
    await delay(SAMPLE_MS);
  }
}

function report(
  { file, samples, seenAt, cpuSeconds }: Watched,
  { name, sizeBytes }: { name: string; sizeBytes: number },
): void {
  const seconds = seenAt.get('READY') ?? 0;
  const chunks = file.vectorCount;
  const peak = Math.max(...samples.map(({ residentBytes }) => residentBytes));
  const at = SHARES.map(
    (share) => `${share} %: ${((sampleAt(samples, share)?.residentBytes ?? 0) / MB).toFixed(0)}`,
  );
  console.log(
    `${name}, ${(sizeBytes / MB).toFixed(1)} MB: ${seconds.toFixed(1)} s, ${chunks} chunks, ${(sizeBytes / MB / seconds).toFixed(2)} MB/s, ${(chunks / seconds).toFixed(0)} chunks/s`,
  );
  console.log(
    `  processor time: ${cpuSeconds.toFixed(1)} s, ${((cpuSeconds * 1_000) / chunks).toFixed(2)} ms a chunk`,
  );
  console.log(`  resident MB: peak ${(peak / MB).toFixed(0)}, at ${at.join(', at ')}`);
  console.log(
    `  first seen: ${[...seenAt].map(([status, second]) => `${status} ${second.toFixed(1)} s`).join(', ')}`,
  );
}

async function readVectorCount(runtime: LocalRuntime, databaseId: string): Promise<number> {
  const { getDatabase } = await request<{ getDatabase: { vectorCount: number } }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    'query ($id: ID!) { getDatabase(id: $id) { vectorCount } }',
    { id: databaseId },
  );
  return getDatabase.vectorCount;
}

/** Right after the commit of a large file its segments are many; returns how long it took until a search was answered. */
async function waitForSearch(
  runtime: LocalRuntime,
  databaseId: string,
): Promise<{ ms: number; tries: number }> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      await search(runtime, { databaseId, text: 'wcb wda', topK: 10 });
      return { ms: performance.now() - startedAt, tries };
    } catch (error) {
      if (tries === MAX_TRIES) throw error;
    }
  }
}

const { format, mb, recordBytes, isVerbose } = readOptions();
const runtime = await startLocalRuntime();
const name = `made.${format}`;
const path = join(tmpdir(), `vdb-bench-${process.pid}.${format}`);
try {
  const { sizeBytes, records } = await writeMadeFile(path, {
    ...{ format, recordBytes, seed: 1, sizeBytes: mb * MB },
  });
  const { id: databaseId } = await createDatabase(runtime, { name, embedding: { provider: 'local' } });
  const fileId = await uploadFromDisk(runtime, { path, name, databaseId });
  const watched = await watch(runtime, { databaseId, fileId, isVerbose });
  report(watched, { name, sizeBytes });
  console.log(
    `  ${records} records, ${watched.file.vectorCount} chunks in the file, ${await readVectorCount(runtime, databaseId)} in the database`,
  );
  const { ms, tries } = await waitForSearch(runtime, databaseId);
  console.log(`  first answer to a search after ${(ms / 1_000).toFixed(1)} s, try ${tries}`);
} finally {
  await rm(path, { force: true });
  await runtime.stop();
}
