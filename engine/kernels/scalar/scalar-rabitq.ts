import { CODE_BLOCK, type KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { squaredLength } from './scalar-rows.ts';
import { sumInEights } from './sums.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

const { fround } = Math;

/** Writes the signs of row - centroid to `bits` and returns the two factors. */
function encodeRow(
  row: Float32Array,
  centroid: Float32Array,
  isL2: boolean,
  bits: Uint8Array,
): [mult: number, add: number] {
  const D = row.length;
  const rest = row.map((value, i) => value - centroid[i]!);
  const total = (term: (i: number) => number): number => sumInEights(D, term);
  bits.fill(0);
  rest.forEach((value, i) => {
    if (value > 0) bits[i >> 3]! |= 1 << (i & 7);
  });
  const size = total((i) => Math.abs(rest[i]!));
  const k = size === 0 ? 0 : fround(squaredLength(rest) / size);
  const signedSum = total((i) => (rest[i]! > 0 ? centroid[i]! : -centroid[i]!));
  const add = fround(total((i) => centroid[i]! * rest[i]!) - fround(k * signedSum));
  return isL2 ? [fround(k * 2), fround(fround(add * 2) - squaredLength(row))] : [k, add];
}

function packCodes(bits: Uint8Array, count: number, codeBytes: number, codes: Uint8Array): void {
  const nibble = (vector: number, group: number): number =>
    vector < count ? (bits[vector * codeBytes + (group >> 1)]! >> ((group & 1) * 4)) & 15 : 0;
  for (let group = 0; group < codeBytes * 2; group++) {
    for (let j = 0; j < 16; j++) codes[group * 16 + j] = nibble(j, group) | (nibble(j + 16, group) << 4);
  }
}

/** Makes the scalar twins of `rabitq.ts`. */
export function scalarRabitq(memory: LinearMemoryViews): Pick<KernelFunctions, 'encodeCodes' | 'packBlocks'> {
  const { floats, integers, bytes } = memory;
  return {
    encodeCodes: (rows, centroids, lists, count, D, isL2, bits, factors) => {
      for (let n = 0; n < count; n++) {
        const row = floats(rows + n * D * 4, D);
        const centroid = floats(centroids + integers(lists, count)[n]! * D * 4, D);
        const pair = encodeRow(row, centroid, isL2 !== 0, bytes(bits + (n * D) / 8, D / 8));
        floats(factors + n * 8, 2).set(pair);
      }
    },
    packBlocks: (bits, factors, ids, count, D, out) => {
      const size = CODE_BLOCK.vectors;
      for (let first = 0; first < count; first += size) {
        const inBlock = Math.min(size, count - first);
        const block = out + (first / size) * CODE_BLOCK.bytes(D);
        packCodes(bytes(bits + (first * D) / 8, (inBlock * D) / 8), inBlock, D / 8, bytes(block, D * 4));
        const mults = floats(block + D * 4, size).fill(0);
        const adds = floats(block + D * 4 + 128, size).fill(fround(-3.4e38));
        const places = integers(block + D * 4 + 256, size).fill(CODE_BLOCK.noId);
        const pairs = floats(factors + first * 8, inBlock * 2);
        for (let j = 0; j < inBlock; j++) [mults[j], adds[j]] = [pairs[j * 2]!, pairs[j * 2 + 1]!];
        places.set(integers(ids + first * 4, inBlock));
      }
    },
  };
}
