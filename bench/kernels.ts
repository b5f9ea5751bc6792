// Measures the engine's kernels one by one beside the rate at which memory can be read:
// node bench/kernels.ts [variant].
import asc from 'assemblyscript/asc';
import { loadKernels, seededRandom, type Kernels } from '../engine/index.ts';
import { ASSIGN_SCRATCH_BYTES, CODE_BLOCK } from '../engine/kernels/kernels.ts';
import { webAssembly } from '../engine/kernels/web-assembly.ts';

const D = 384;
const ROWS = 150_000;
const CENTROIDS = 1500;
const ASSIGNED_ROWS = 64;

/** Rows of one run over all rows: runs take about a millisecond, so that some of them are not interrupted. */
const STEP_ROWS = 8192;
const STEPS = Math.floor(ROWS / STEP_ROWS);

interface Measured {
  name: string;
  /** What one run handles. */
  items: number;
  bytes: number;
  /** Runs at another place each time, so that nothing is left of it in a cache. */
  run: (step: number) => void;
}

/** Runs for a second and returns the shortest time of one run in seconds. */
function shortest(run: (step: number) => void): number {
  let best = Infinity;
  const startedAt = performance.now();
  for (let n = 0; n < 2 * STEPS || performance.now() - startedAt < 1000; n++) {
    const before = performance.now();
    run(n % STEPS);
    best = Math.min(best, performance.now() - before);
  }
  return best / 1000;
}

function report({ name, items, bytes, run }: Measured): void {
  const seconds = shortest(run);
  const columns = [
    name.padEnd(34),
    `${(bytes / seconds / 1e9).toFixed(1)} GB/s`.padStart(12),
    `${(items / seconds / 1e6).toFixed(3)} M/s`.padStart(14),
    `${((seconds / items) * 1e6).toFixed(3)} µs each`.padStart(18),
  ];
  console.log(columns.join(''));
}

const READ_SOURCE = `
export function read(from: usize, bytes: usize): i32 {
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (let at = from; at < from + bytes; at += 64) {
    a = i32x4.add(a, v128.load(at));
    b = i32x4.add(b, v128.load(at, 16));
    c = i32x4.add(c, v128.load(at, 32));
    d = i32x4.add(d, v128.load(at, 48));
  }
  return i32x4.extract_lane(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), 0);
}`;

/** Measures plain reads with the loads of the kernels, from memory and from the second-level cache. */
async function measureReads(): Promise<void> {
  const options = { optimizeLevel: 3, runtime: 'stub', importMemory: true, enable: ['simd'] };
  const { binary, error } = await asc.compileString(READ_SOURCE, options);
  if (error !== null || binary === null)
    throw new Error('The reading kernel does not compile.', { cause: error });
  const total = ROWS * D * 4;
  const memory = new webAssembly.Memory({ initial: total / 65_536 + 1, maximum: 65_536, shared: false });
  new Uint8Array(memory.buffer).fill(1);
  const { instance } = await webAssembly.instantiate(binary, { env: { memory } });
  const read = instance.exports['read'] as (from: number, bytes: number) => number;
  const bytes = STEP_ROWS * D * 4;
  report({ name: 'plain reads', items: STEP_ROWS, bytes, run: (step) => read(step * bytes, bytes) });
  const cached = 512 << 10;
  report({ name: 'plain reads, cached', items: cached / (D * 4), bytes: cached, run: () => read(0, cached) });
}

/** Areas in the kernels' memory with random rows and what the kernels make of them. */
function prepare(kernels: Kernels) {
  const { arena, functions } = kernels;
  const room = (bytes: number): number => {
    const address = arena.allocate(bytes);
    if (address === null) throw new Error(`There is no room for ${bytes} bytes.`);
    return address;
  };
  const random = seededRandom(1);
  const fill = (address: number, count: number): number => {
    const values = new Float32Array(arena.memory.buffer(), address, count);
    for (let i = 0; i < count; i++) values[i] = random() - 0.5;
    return address;
  };
  const integers = (address: number, count: number): Uint32Array =>
    new Uint32Array(arena.memory.buffer(), address, count);
  /** Codes of the first `count` rows relative to zero. */
  const pack = (rows: number, count: number): { blocks: number; blockCount: number } => {
    const [bits, factors, ids, lists] = [
      room((count * D) / 8),
      room(count * 8),
      room(count * 4),
      room(count * 4),
    ];
    integers(ids, count).forEach((_, n, all) => (all[n] = n));
    integers(lists, count).fill(0);
    const zero = room(D * 4);
    new Float32Array(arena.memory.buffer(), zero, D).fill(0);
    functions.encodeCodes(rows, zero, lists, count, D, 0, bits, factors);
    const blockCount = Math.ceil(count / CODE_BLOCK.vectors);
    const blocks = room(blockCount * CODE_BLOCK.bytes(D));
    functions.packBlocks(bits, factors, ids, count, D, blocks);
    for (const area of [bits, factors, ids, lists]) arena.free(area);
    return { blocks, blockCount };
  };
  const rows = fill(room(ROWS * D * 4), ROWS * D);
  return { room, fill, integers, pack, rows, query: fill(room(D * 4), D), out: room(ROWS * 8 * 4) };
}

type Prepared = ReturnType<typeof prepare>;

function scoring(kernels: Kernels, { room, integers, rows, query, out }: Prepared): Measured[] {
  const { functions } = kernels;
  const bytes = STEP_ROWS * D * 4;
  const stride = D + 8;
  const rows8 = room(ROWS * stride);
  const [query7, info, indexes] = [room(D), room(8), room(4096 * 4)];
  functions.quantizeRows8(rows, ROWS, D, rows8, stride);
  functions.quantizeQuery7(query, D, query7, info);
  const random = seededRandom(3);
  integers(indexes, 4096).forEach((_, n, all) => (all[n] = Math.floor(random() * ROWS)));
  const by = (name: 'dotRows' | 'l2Rows'): Measured => ({
    name,
    items: STEP_ROWS,
    bytes,
    run: (step) => {
      functions[name](query, rows + step * bytes, STEP_ROWS, D, out);
    },
  });
  return [
    by('dotRows'),
    by('l2Rows'),
    {
      name: 'dotRowsAt, 4096 at random',
      items: 4096,
      bytes: 4096 * D * 4,
      run: () => {
        functions.dotRowsAt(query, rows, indexes, 4096, D, D * 4, out);
      },
    },
    {
      name: 'dotRows8',
      items: STEP_ROWS,
      bytes: STEP_ROWS * stride,
      run: (step) => {
        functions.dotRows8(query7, info, rows8 + step * STEP_ROWS * stride, STEP_ROWS, D, stride, out);
      },
    },
    {
      name: 'dotRows8, cached',
      items: 1024,
      bytes: 1024 * stride,
      run: () => {
        functions.dotRows8(query7, info, rows8, 1024, D, stride, out);
      },
    },
    {
      name: 'dotRows8At, 4096 at random',
      items: 4096,
      bytes: 4096 * stride,
      run: () => {
        functions.dotRows8At(query7, info, rows8, indexes, 4096, D, stride, out);
      },
    },
  ];
}

function scanning(kernels: Kernels, { room, fill, integers, pack, rows, query, out }: Prepared): Measured[] {
  const { functions } = kernels;
  const [table, info, lists, heap] = [room(D * 4), room(8), room(16), room(8 * 200)];
  const queries = fill(room(D * 4 * 64), D * 64);
  functions.buildTable(query, D, table, info);
  const all = pack(rows, ROWS);
  const blockBytes = CODE_BLOCK.bytes(D);
  const blockCount = STEP_ROWS / CODE_BLOCK.vectors;
  const size = { items: STEP_ROWS, bytes: blockCount * blockBytes };
  const at = (step: number, isCached: boolean): number =>
    all.blocks + (isCached ? 0 : step * blockCount * blockBytes);
  const scan = (name: string, isCached: boolean): Measured => ({
    name,
    ...size,
    run: (step) => {
      functions.scanBlocks(table, info, at(step, isCached), blockCount, D, 0, out);
    },
  });
  const select = (name: string, isCached: boolean): Measured => ({
    name,
    ...size,
    run: (step) => {
      integers(lists, 4).set([query, at(step, isCached), blockCount, 0]);
      functions.scanLists(query, table, info, lists, 1, D, 0, 0, heap, 0, 100);
    },
  });
  const runs: Measured[] = [
    scan('scanBlocks', false),
    scan('scanBlocks, cached', true),
    select('scanLists, k = 100', false),
    select('scanLists, k = 100, cached', true),
    {
      name: 'buildTable',
      items: 64,
      bytes: 64 * D * 4,
      run: () => {
        for (let n = 0; n < 64; n++) functions.buildTable(queries + n * D * 4, D, table, info);
      },
    },
  ];
  return runs;
}

function selecting(kernels: Kernels, { room, integers }: Prepared): Measured {
  const [heap, source, scratch] = [room(120 * 8), room(120 * 8), room(120 * 12)];
  const { functions } = kernels;
  const random = seededRandom(8);
  const scores = new Float32Array(kernels.arena.memory.buffer(), source, 240);
  for (let n = 0; n < 120; n++) {
    scores[n * 2] = random();
    integers(source, 240)[n * 2 + 1] = Math.floor(random() * 80);
  }
  const run = (): void => {
    for (let n = 0; n < 64; n++) {
      integers(heap, 240).set(integers(source, 240));
      functions.uniqueTop(heap, 120, scratch);
    }
  };
  return { name: 'uniqueTop of 120', items: 64, bytes: 64 * 960, run };
}

/** Measures a kernel over rows that stay in the cache. */
function over(name: string, items: number, run: () => void): Measured {
  return { name, items, bytes: items * D * 4, run };
}

function building(kernels: Kernels, { room, integers, rows, out }: Prepared): Measured[] {
  const { functions, arena } = kernels;
  const count = STEP_ROWS;
  const floats = (length: number, value: number): number => {
    const address = room(length * 4);
    new Float32Array(arena.memory.buffer(), address, length).fill(value);
    return address;
  };
  const signs = floats(4 * D, 1);
  const [centroids, sums, counts] = [
    floats(CENTROIDS * D, 0.1),
    floats(CENTROIDS * D, 0),
    floats(CENTROIDS, 0),
  ];
  const [lists, bits, factors] = [room(count * 4), room((count * D) / 8), room(count * 8)];
  const blocks = room((count / CODE_BLOCK.vectors) * CODE_BLOCK.bytes(D));
  const random = seededRandom(2);
  integers(lists, count).forEach((_, n, all) => (all[n] = Math.floor(random() * CENTROIDS)));
  return [
    over('normalizeRows', count, () => {
      functions.normalizeRows(rows, count, D);
    }),
    over('rotateRows', count, () => {
      functions.rotateRows(rows, count, D, signs);
    }),
    over('quantizeRows8', count, () => {
      functions.quantizeRows8(rows, count, D, out, D + 8);
    }),
    over('encodeCodes', count, () => {
      functions.encodeCodes(rows, centroids, lists, count, D, 0, bits, factors);
    }),
    over('packBlocks', count, () => {
      functions.packBlocks(bits, factors, lists, count, D, blocks);
    }),
    over('addRows', count, () => {
      functions.addRows(rows, lists, 4, count, D, sums, counts);
    }),
  ];
}

function assigning(kernels: Kernels, { room, fill, pack, rows, out }: Prepared): Measured[] {
  const centroids = fill(room(CENTROIDS * D * 4), CENTROIDS * D);
  const { blocks, blockCount } = pack(centroids, CENTROIDS);
  const scratch = room(ASSIGN_SCRATCH_BYTES);
  const { assignRows } = kernels.functions;
  const assign = (count: number, candidates: number): void => {
    assignRows(rows, ASSIGNED_ROWS, D, blocks, blockCount, centroids, count, 0, candidates, 2, scratch, out);
  };
  return [
    over(`assignRows, ${CENTROIDS} centroids`, ASSIGNED_ROWS, () => {
      assign(CENTROIDS, 16);
    }),
    over('assignRows, 64 centroids exactly', ASSIGNED_ROWS, () => {
      assign(64, 64);
    }),
  ];
}

const known: Kernels['name'][] = ['relaxed-simd', 'simd', 'scalar'];
const wanted = process.argv[2];
const variants = wanted === undefined ? known.slice(0, 2) : known.filter((name) => name === wanted);
if (variants.length === 0) throw new Error(`There is no variant "${wanted}"; known are ${known.join(', ')}.`);
for (const variant of variants) {
  const kernels = await loadKernels({ variant, arenaBytes: 640 << 20 });
  console.log(`\n${kernels.name}, ${D} values`);
  await measureReads();
  const prepared = prepare(kernels);
  for (const one of scoring(kernels, prepared)) report(one);
  for (const one of scanning(kernels, prepared)) report(one);
  report(selecting(kernels, prepared));
  for (const one of building(kernels, prepared)) report(one);
  for (const one of assigning(kernels, prepared)) report(one);
}
