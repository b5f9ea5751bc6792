import { CODE_BLOCK, type KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { offerEntries, type HeapEntry } from './scalar-top-k.ts';
import { addPairs, roundHalfEven, SMALLEST_RANGE, sumInEights } from './sums.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

const { fround } = Math;

function fillTable(query: Float32Array, table: Uint8Array): [delta: number, bias: number] {
  const groups = Array.from({ length: query.length / 4 }, (_, g) => [...query.subarray(g * 4, g * 4 + 4)]);
  const sizes = groups.map((group) => addPairs(group.map(Math.abs)));
  const range = fround(2 * Math.max(...sizes));
  const isFlat = range < SMALLEST_RANGE;
  const factor = isFlat ? 0 : fround(255 / range);
  groups.forEach((group, g) => {
    for (let code = 0; code < 16; code++) {
      const sum = addPairs(group.map((value, bit) => (((code >> bit) & 1) === 1 ? value : -value)));
      table[g * 16 + code] = roundHalfEven(fround(fround(sum + sizes[g]!) * factor));
    }
  });
  return [isFlat ? 0 : fround(range / 255), -sumInEights(query.length, (i) => Math.abs(query[i]!))];
}

/** Makes what scores the 32 vectors of a block. */
function blockScanner(
  memory: LinearMemoryViews,
): (table: number, info: number, block: number, D: number, listBias: number) => number[] {
  const { floats, bytes } = memory;
  return (table, info, block, D, listBias) => {
    const entries = bytes(table, D * 4);
    const codes = bytes(block, D * 4);
    const [delta, bias] = floats(info, 2) as unknown as [number, number];
    const factors = floats(block + D * 4, 2 * CODE_BLOCK.vectors);
    return Array.from({ length: CODE_BLOCK.vectors }, (_, j) => {
      const shift = j < 16 ? 0 : 4;
      let sum = 0;
      for (let at = j & 15; at < codes.length; at += 16) {
        sum += entries[(at & ~15) + ((codes[at]! >> shift) & 15)]!;
      }
      const scaled = fround(factors[j]! * fround(fround(sum * delta) + bias));
      return fround(fround(listBias + scaled) + factors[j + CODE_BLOCK.vectors]!);
    });
  };
}

/** Scores the blocks of one list, offers what `allowed` lets through to the heap, and returns its new size. */
export type ListScan = (
  query: { table: number; info: number; D: number },
  list: { blocks: number; blockCount: number; bias: number },
  allowed: number,
  target: { heap: number; size: number; k: number },
) => number;

function isAllowed({ integers }: LinearMemoryViews, id: number, allowed: number): boolean {
  if (id === CODE_BLOCK.noId) return false;
  return allowed === 0 || ((integers(allowed + (id >>> 5) * 4, 1)[0]! >>> (id & 31)) & 1) === 1;
}

/** Makes the scan of one list. */
export function scalarListScan(memory: LinearMemoryViews): ListScan {
  const { integers } = memory;
  const scanBlock = blockScanner(memory);

  function offered(scores: number[], block: number, D: number, allowed: number): HeapEntry[] {
    const ids = integers(block + D * 4 + 256, CODE_BLOCK.vectors);
    return scores
      .map((score, j) => ({ score, id: ids[j]! }))
      .filter(({ score, id }) => !Number.isNaN(score) && isAllowed(memory, id, allowed));
  }

  return ({ table, info, D }, { blocks, blockCount, bias }, allowed, { heap, size, k }) => {
    let kept = size;
    for (let n = 0; n < blockCount; n++) {
      const block = blocks + n * CODE_BLOCK.bytes(D);
      const scores = scanBlock(table, info, block, D, bias);
      kept = offerEntries(memory, { heap, size: kept, k }, offered(scores, block, D, allowed));
    }
    return kept;
  };
}

/** Makes the scalar twins of `fast-scan.ts`. */
export function scalarFastScan(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'buildTable' | 'countAllowed' | 'scanBlocks' | 'scanLists'> {
  const { floats, integers, bytes } = memory;
  const scanBlock = blockScanner(memory);
  const scanList = scalarListScan(memory);

  function biasOf(query: Float32Array, centroid: Float32Array, isL2: number): number {
    const dot = sumInEights(query.length, (i) => query[i]! * centroid[i]!);
    return isL2 === 1 ? fround(dot + dot) : dot;
  }

  return {
    buildTable: (query, D, table, info) => {
      floats(info, 2).set(fillTable(floats(query, D), bytes(table, D * 4)));
    },
    countAllowed: (blocks, blockCount, D, allowed) => {
      let count = 0;
      for (let n = 0; n < blockCount; n++) {
        const ids = integers(blocks + n * CODE_BLOCK.bytes(D) + D * 4 + 256, CODE_BLOCK.vectors);
        for (const id of ids) count += isAllowed(memory, id, allowed) ? 1 : 0;
      }
      return count;
    },
    scanBlocks: (table, info, blocks, blockCount, D, listBias, out) => {
      for (let n = 0; n < blockCount; n++) {
        const scores = scanBlock(table, info, blocks + n * CODE_BLOCK.bytes(D), D, listBias);
        floats(out + n * 4 * CODE_BLOCK.vectors, CODE_BLOCK.vectors).set(scores);
      }
    },
    scanLists: (query, table, info, lists, listCount, D, isL2, allowed, heap, heapSize, k) => {
      let size = heapSize;
      for (let n = 0; n < listCount; n++) {
        const entry = integers(lists + n * 16, 3) as unknown as [number, number, number];
        const [centroid, blocks, blockCount] = entry;
        const bias = biasOf(floats(query, D), floats(centroid, D), isL2);
        size = scanList({ table, info, D }, { blocks, blockCount, bias }, allowed, { heap, size, k });
      }
      return size;
    },
  };
}
