import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type PlanSource, readPlan } from '../../../../functions/ingestion/plan/read-plan.ts';
import { readStagedChunks } from '../../../../functions/ingestion/plan/stage-chunks.ts';
import type { UploadedFile } from '../../../../functions/ingestion/storage/uploaded-file.ts';

const MB = 1_000_000;
/** 2 GB with VDB_LARGE_FILE_MB=2000, which takes some minutes. */
const SIZE_MB = Number(process.env['VDB_LARGE_FILE_MB'] ?? 12);
const LINE_CHARACTERS = 3_000;

/** A file of JSON Lines or CSV that is made while it is read. */
function generate(name: string, sizeBytes: number): UploadedFile {
  const isTable = name.endsWith('.csv');
  const words = 'harbour glacier orchard lantern meadow granite violin compass '.repeat(50);
  const text = words.slice(0, LINE_CHARACTERS - 40).padEnd(LINE_CHARACTERS - 40, '.');
  const lineOf = (n: number): string => {
    const number = String(n).padStart(8, '0');
    const line = isTable ? `${number},${text}` : JSON.stringify({ id: number, text });
    return `${line.padEnd(LINE_CHARACTERS - 1)}\n`;
  };
  const head = isTable ? 'id,text\n' : '';
  const lines = Math.floor((sizeBytes - head.length) / LINE_CHARACTERS);
  let bytesRead = 0;
  let digest = '';
  function* blocks(): Generator<Uint8Array> {
    yield Buffer.from(head);
    for (let n = 0; n < lines; n += 20)
      yield Buffer.from(Array.from({ length: Math.min(20, lines - n) }, (_, i) => lineOf(n + i)).join(''));
  }
  async function* stream(): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    bytesRead = 0;
    for (const block of blocks()) {
      hash.update(block);
      bytesRead += block.length;
      yield await Promise.resolve(block);
    }
    digest = hash.digest('hex');
  }
  return {
    ...{ name, contentType: isTable ? 'text/csv' : 'application/x-ndjson', sizeBytes },
    readSample: () => Promise.resolve(Buffer.concat([...blocks()].slice(0, 10))),
    stream,
    readDigest: () => Promise.resolve(digest),
    get bytesRead() {
      return bytesRead;
    },
  };
}

function sourceOf(file: UploadedFile): PlanSource {
  const chunking = { strategy: 'RECORD' as const, maxTokens: 2_048, overlapTokens: 0 };
  const { name, contentType, sizeBytes } = file;
  const ends = { objectKey: 'k', uploadExpiresAt: '', uploadId: null };
  const upload = { name, contentType, sizeBytes, sha256: null, metadata: null, chunking, ...ends };
  const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
  return { file, upload, registered: {}, dimension: 384, embedding, known: null };
}

/** Plans a file; returns the most memory that was held on the way above what was held before. */
async function plan(name: string, sizeMb: number) {
  const file = generate(name, sizeMb * MB);
  let parts = 0;
  let first = '';
  let peakBytes = 0;
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const outcome = await readPlan(sourceOf(file), {
    putPart: (part, text) => {
      if (part === 0) first = text;
      parts += 1;
      if (parts % 8 === 0) global.gc?.();
      peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed - before);
      return Promise.resolve();
    },
    onChunk: () => Promise.resolve(),
    wantsPause: () => false,
  });
  if (!('plan' in outcome)) throw new Error('planning paused');
  return { planned: outcome.plan, parts, first, peakBytes, bytesRead: file.bytesRead };
}

afterEach(() => global.gc?.());

describe('a large file', () => {
  it.each(['large.jsonl', 'large.csv'])(
    '%s is planned whole, in parts that grow with it, with memory that does not',
    { timeout: 900_000 },
    async (name) => {
      const small = await plan(name, SIZE_MB / 4);
      const large = await plan(name, SIZE_MB);

      expect(large.planned.chunks).toBe(
        Math.floor((SIZE_MB * MB - (name.endsWith('csv') ? 8 : 0)) / LINE_CHARACTERS),
      );
      expect(large.bytesRead).toBeGreaterThan(SIZE_MB * MB * 0.99);
      expect(large.parts).toBe(large.planned.parts);
      expect(readStagedChunks(large.first)).toHaveLength(256);
      expect(large.peakBytes).toBeLessThan(small.peakBytes + 96 * MB);
    },
  );
});
