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

/** Makes the scalar twins of `fast-scan.ts`. */
export function scalarFastScan(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'buildTable' | 'scanBlocks' | 'scanLists'> {
  const { floats, integers, bytes } = memory;

  function scanBlock(table: number, info: number, block: number, D: number, listBias: number): number[] {
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
  }

  function offered(scores: number[], block: number, D: number, allowed: number): HeapEntry[] {
    const ids = integers(block + D * 4 + 256, CODE_BLOCK.vectors);
    const isAllowed = (id: number): boolean =>
      allowed === 0 || ((integers(allowed + (id >>> 5) * 4, 1)[0]! >>> (id & 31)) & 1) === 1;
    return scores
      .map((score, j) => ({ score, id: ids[j]! }))
      .filter(({ score, id }) => id !== CODE_BLOCK.noId && !Number.isNaN(score) && isAllowed(id));
  }

  return {
    buildTable: (query, D, table, info) => {
      floats(info, 2).set(fillTable(floats(query, D), bytes(table, D * 4)));
    },
    scanBlocks: (table, info, blocks, blockCount, D, listBias, out) => {
      for (let n = 0; n < blockCount; n++) {
        const scores = scanBlock(table, info, blocks + n * CODE_BLOCK.bytes(D), D, listBias);
        floats(out + n * 4 * CODE_BLOCK.vectors, CODE_BLOCK.vectors).set(scores);
      }
    },
    scanLists: (table, info, lists, listCount, D, allowed, heap, heapSize, k) => {
      let size = heapSize;
      for (let n = 0; n < listCount; n++) {
        const [address, blockCount] = integers(lists + n * 16, 2) as unknown as [number, number];
        const listBias = floats(lists + n * 16 + 8, 1)[0]!;
        for (let b = 0; b < blockCount; b++) {
          const block = address + b * CODE_BLOCK.bytes(D);
          const scores = scanBlock(table, info, block, D, listBias);
          size = offerEntries(memory, { heap, size, k }, offered(scores, block, D, allowed));
        }
      }
      return size;
    },
  };
}
