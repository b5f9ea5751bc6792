import { CODE_BLOCK, type KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { scalarListScan } from './scalar-fast-scan.ts';
import { readHeap, sortEntries, type HeapEntry } from './scalar-top-k.ts';
import { sumInEights } from './sums.ts';

const { fround } = Math;

function exactScore(row: Float32Array, centroid: Float32Array, isL2: boolean): number {
  return sumInEights(row.length, (i) =>
    isL2 ? centroid[i]! * fround(fround(2 * row[i]!) - centroid[i]!) : centroid[i]! * row[i]!,
  );
}

/** Makes the scalar twin of `assign.ts` on those of `fast-scan.ts`. */
export function scalarAssign(
  memory: LinearMemoryViews,
  { buildTable }: Pick<KernelFunctions, 'buildTable'>,
): Pick<KernelFunctions, 'assignRows'> {
  const { floats, integers } = memory;
  const scanList = scalarListScan(memory);

  /** Scratch: the table, its two factors, then the heap. */
  function nearbyCentroids(
    row: number,
    D: number,
    codes: { blocks: number; blockCount: number; candidates: number; scratch: number },
  ): number[] {
    const info = codes.scratch + D * 4;
    const heap = info + 8;
    buildTable(row, D, codes.scratch, info);
    const target = { heap, size: 0, k: codes.candidates };
    const size = scanList({ table: codes.scratch, info, D }, { ...codes, bias: 0 }, 0, target);
    return readHeap(memory, heap, size).map(({ id }) => id);
  }

  function writeBest(best: HeapEntry[], wanted: number, out: number): void {
    const ids = integers(out, wanted).fill(CODE_BLOCK.noId);
    const scores = floats(out + wanted * 4, wanted).fill(-Infinity);
    best.slice(0, wanted).forEach(({ score, id }, n) => {
      ids[n] = id;
      scores[n] = score;
    });
  }

  /* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */
  const assignRows: KernelFunctions['assignRows'] = (
    rows,
    count,
    D,
    blocks,
    blockCount,
    centroids,
    centroidCount,
    isL2,
    candidates,
    wanted,
    scratch,
    out,
  ) => {
    for (let n = 0; n < count; n++) {
      const row = rows + n * D * 4;
      const ids =
        candidates >= centroidCount
          ? Array.from({ length: centroidCount }, (_, id) => id)
          : nearbyCentroids(row, D, { blocks, blockCount, candidates, scratch });
      const scored = ids.map((id) => ({
        id,
        score: exactScore(floats(row, D), floats(centroids + id * D * 4, D), isL2 !== 0),
      }));
      writeBest(sortEntries(scored), wanted, out + n * wanted * 8);
    }
  };
  return { assignRows };
}
