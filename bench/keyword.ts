// Measures keyword search: `node bench/keyword.ts [--chunks=100000] [--segments=1]`. Texts are made from a fixed seed.
import { parseArgs } from 'node:util';
import type { Row, SearchQuery, VectorDatabase } from '../engine/api.ts';
import { loadKernels, memoryPointer, memoryStore, openDatabase, seededRandom } from '../engine/index.ts';

const VOCABULARY = 50_000;
const WORDS_PER_CHUNK = 80;
const DIMENSION = 8;
const RUNS = 400;

const { values } = parseArgs({
  options: { chunks: { type: 'string', default: '100000' }, segments: { type: 'string', default: '1' } },
});
const chunks = Number(values.chunks);
const segments = Number(values.segments);
const random = seededRandom(7);
const vocabulary = Array.from({ length: VOCABULARY }, (_, rank) => wordOf(rank));
const drawRank = zipf();

/** Makes a pronounceable word, and of many an inflection, so that stems bring words together. */
function wordOf(rank: number): string {
  const syllables = [
    'ba',
    'ko',
    'li',
    'mu',
    'ne',
    'pra',
    'sto',
    'tri',
    'va',
    'zel',
    'dor',
    'fin',
    'gar',
    'hep',
  ];
  let word = '';
  for (let rest = Math.floor(rank / 2) + 14; rest > 0; rest = Math.floor(rest / 14))
    word += syllables[rest % 14]!;
  return rank % 2 === 0 ? `${word}t` : `${word}ts`;
}

/** Ranks by Zipf's law: a word of rank r comes up in proportion to 1/r. */
function zipf(): () => number {
  const cumulative = new Float64Array(VOCABULARY);
  let sum = 0;
  for (let rank = 0; rank < VOCABULARY; rank++) cumulative[rank] = sum += 1 / (rank + 1);
  return () => {
    const wanted = random() * sum;
    let low = 0;
    for (let high = VOCABULARY - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function makeRows(first: number, count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `row-${String(first + i).padStart(8, '0')}`,
    address: '0',
    fileId: null,
    fileVersion: 0,
    values: Float32Array.from({ length: DIMENSION }, () => random() - 0.5),
    text: Array.from(
      { length: 40 + Math.floor(random() * WORDS_PER_CHUNK) },
      () => vocabulary[drawRank()]!,
    ).join(' '),
    metadata: { bucket: Math.floor(random() * 100) },
  }));
}

async function fill(database: VectorDatabase): Promise<void> {
  const size = Math.ceil(chunks / segments);
  const startedAt = performance.now();
  const add = [];
  for (let first = 0; first < chunks; first += size) {
    add.push(await database.writeSegment(makeRows(first, Math.min(size, chunks - first))));
  }
  await database.commit({ add, removeIds: [], removeFiles: [], finishedWrites: [] });
  const bytes = add.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${chunks} chunks in ${add.length} segments: ${seconds.toFixed(1)} s, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  );
}

/** Query shapes: bounds of the ranks that each word is drawn from. */
const SHAPES: Record<string, [from: number, to: number][]> = {
  '3 rare': [
    [2000, 50_000],
    [2000, 50_000],
    [2000, 50_000],
  ],
  '3 middling': [
    [50, 2000],
    [50, 2000],
    [50, 2000],
  ],
  '5 mixed, 2 of the 20 most frequent': [
    [0, 20],
    [0, 20],
    [50, 2000],
    [50, 2000],
    [2000, 50_000],
  ],
  '5 as in the texts': [
    [0, -1],
    [0, -1],
    [0, -1],
    [0, -1],
    [0, -1],
  ],
  '4 of the 20 most frequent': [
    [0, 20],
    [0, 20],
    [0, 20],
    [0, 20],
  ],
};

function queryText(shape: [number, number][]): string {
  return shape
    .map(([from, to]) => vocabulary[to === -1 ? drawRank() : from + Math.floor(random() * (to - from))]!)
    .join(' ');
}

async function measure(database: VectorDatabase, name: string, rest: Partial<SearchQuery>): Promise<void> {
  for (const [shape, ranks] of Object.entries(SHAPES)) {
    const times: number[] = [];
    let candidates = 0;
    for (let run = -50; run < RUNS; run++) {
      const query = { ...plainQuery(queryText(ranks)), ...rest };
      const startedAt = performance.now();
      const { stats } = await database.search(query);
      if (run < 0) continue;
      times.push(performance.now() - startedAt);
      candidates += stats.candidates;
    }
    times.sort((a, b) => a - b);
    const at = (part: number): string => times[Math.floor(times.length * part)]!.toFixed(2).padStart(7);
    const scored = Math.round(candidates / RUNS);
    console.log(
      `${name.padEnd(22)} ${shape.padEnd(36)} p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${scored} scored`,
    );
  }
}

function plainQuery(text: string): SearchQuery {
  return {
    mode: 'KEYWORD',
    values: null,
    text,
    topK: 10,
    fusion: { method: 'RRF', k: 60, vectorWeight: 0.5 },
    filter: null,
    fileIds: null,
    minScore: null,
    exact: false,
    effort: 0.5,
    minVersion: null,
    explain: false,
    excludeIds: [],
  };
}

const database = openDatabase({
  store: memoryStore(),
  pointer: memoryPointer(),
  kernels: await loadKernels({ arenaBytes: 256 << 20 }),
  config: { dimension: DIMENSION, metric: 'COSINE', prefix: 'databases/d/g1/' },
});
await fill(database);
await measure(database, 'top 10', {});
await measure(database, 'top 200', { topK: 200 });
await measure(database, 'top 10, filter of 1 %', { filter: { field: 'bucket', number: { eq: 5 } } });
