import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { bucketCount, bucketOf, selectivities, type DatasetPlan } from './dataset-plan.ts';
import { isMnistPresent, readMnist } from './mnist.ts';
import { findNearest, sharedFloats } from './nearest.ts';
import { textLikeSource } from './text-like.ts';

/** Neighbours that are stored per query; recall is of the first ten. */
export const storedNeighbours = 100;
export const recallAt = 10;

/** Queries and their true neighbours, as they lie in the cache. */
export interface Dataset {
  plan: DatasetPlan;
  folder: string;
  queries: Float32Array;
  /** For each query the rows that count as one of its ten nearest: ties with the tenth are all right. */
  accepted: Uint32Array[];
}

/** Returns the folder of a set in the cache: its name and a hash of what it is made from. */
export function datasetFolder(plan: DatasetPlan): string {
  const hash = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 10);
  return join(cacheFolder, 'datasets', `${plan.name}-${hash}`);
}

/** Makes a set and its true neighbours unless the cache holds them. */
export async function prepareDataset(plan: DatasetPlan): Promise<void> {
  const folder = datasetFolder(plan);
  if (existsSync(folder)) return;
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    if (plan.shape === null) await prepareMnist(plan, partial);
    else await prepareTextLike(plan, partial);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Tells why a set cannot be made here, or null when it can. */
export function whyUnavailable(plan: DatasetPlan): string | null {
  if (plan.shape !== null || isMnistPresent()) return null;
  return `${plan.name} is measured where ../shared/data/ann holds it; nothing is downloaded.`;
}

async function prepareMnist(plan: DatasetPlan, folder: string): Promise<void> {
  const { base, queries, neighbours } = readMnist();
  const distances = new Float64Array(neighbours.length);
  for (let n = 0; n < neighbours.length; n++) {
    const query = Math.floor(n / storedNeighbours) * plan.dimension;
    const row = neighbours[n]! * plan.dimension;
    let sum = 0;
    for (let i = 0; i < plan.dimension; i++) sum += (base[row + i]! - queries[query + i]!) ** 2;
    distances[n] = sum;
  }
  await writeFloats(join(folder, 'base.f32'), base);
  await writeFloats(join(folder, 'queries.f32'), queries);
  writeNeighbours(folder, 'neighbours', { neighbours, distances });
}

async function prepareTextLike(plan: DatasetPlan, folder: string): Promise<void> {
  const draw = textLikeSource(plan.shape!);
  const { dimension } = plan;
  const queries = sharedFloats(plan.queries * dimension);
  const base = sharedFloats(plan.rows * dimension);
  for (const block of [queries, base]) {
    for (let at = 0; at < block.length; at += dimension) draw(block.subarray(at, at + dimension));
  }
  await writeFloats(join(folder, 'base.f32'), base);
  await writeFloats(join(folder, 'queries.f32'), queries);
  const search = { base, queries, rowIds: null, dimension, k: storedNeighbours, metric: plan.metric };
  writeNeighbours(folder, 'neighbours', await findNearest(search));
  const some = queries.subarray(0, plan.filteredQueries * dimension);
  for (const share of selectivities) {
    const rowIds = rowsWithin(plan.rows, share);
    const found = await findNearest({ ...search, queries: some, rowIds });
    writeNeighbours(folder, `neighbours-${share}`, found);
  }
}

/** Returns the rows that pass the filter of a selectivity. */
function rowsWithin(rows: number, share: number): Uint32Array {
  const passing: number[] = [];
  for (let row = 0; row < rows; row++) if (bucketOf(row) < share * bucketCount) passing.push(row);
  return Uint32Array.from(passing);
}

/** Writes the neighbours of every query after the number of them that count as its ten nearest. */
function writeNeighbours(
  folder: string,
  name: string,
  found: { neighbours: Uint32Array; distances: Float64Array },
): void {
  const queries = found.neighbours.length / storedNeighbours;
  const lines = new Uint32Array(queries * (storedNeighbours + 1));
  for (let query = 0; query < queries; query++) {
    const start = query * storedNeighbours;
    const tenth = found.distances[start + recallAt - 1]!;
    const limit = tenth + Math.abs(tenth) * 1e-9;
    let accepted = 0;
    while (accepted < storedNeighbours && found.distances[start + accepted]! <= limit) accepted += 1;
    const line = query * (storedNeighbours + 1);
    lines[line] = accepted;
    lines.set(found.neighbours.subarray(start, start + storedNeighbours), line + 1);
  }
  writeFileSync(join(folder, `${name}.u32`), new Uint8Array(lines.buffer));
}

/** Writes in pieces, because one write of Node.js ends at 2 GiB. */
async function writeFloats(path: string, values: Float32Array): Promise<void> {
  const file = await open(path, 'w');
  const pieceLength = 1 << 26;
  for (let at = 0; at < values.length; at += pieceLength) {
    await file.writeFile(new Uint8Array(values.slice(at, at + pieceLength).buffer));
  }
  await file.close();
}

/** Reads the queries of a prepared set with the true neighbours of all rows, or of those that pass a filter. */
export function readDataset(plan: DatasetPlan, share: number | null = null): Dataset {
  const folder = datasetFolder(plan);
  const bytes = readFileSync(join(folder, share === null ? 'neighbours.u32' : `neighbours-${share}.u32`));
  const lines = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const accepted: Uint32Array[] = [];
  for (let at = 0; at < lines.length; at += storedNeighbours + 1) {
    accepted.push(lines.slice(at + 1, at + 1 + lines[at]!));
  }
  const stored = readFileSync(join(folder, 'queries.f32'));
  const queries = new Float32Array(stored.buffer, stored.byteOffset, stored.length / 4);
  return { plan, folder, queries, accepted };
}

/** Reads all vectors of a prepared set, row after row. */
export async function readBase(plan: DatasetPlan): Promise<Float32Array> {
  const base = new Float32Array(plan.rows * plan.dimension);
  const bytes = new Uint8Array(base.buffer);
  const file = await open(join(datasetFolder(plan), 'base.f32'));
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(1 << 28, bytes.length - at), at);
      if (bytesRead === 0)
        throw new Error(`${datasetFolder(plan)}/base.f32 is too short; delete the folder.`);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
  return base;
}
