import type { MetadataValue } from '../api.ts';
import { checksumOf } from '../format/checksum.ts';

/** Hashes kept per field: exact below this many distinct values, about 18 % off above, 4 bytes each in the manifest. */
const SKETCH_SIZE = 32;

/** The smallest hashes of a field's values, ascending: they estimate the number of distinct values and can be merged. */
export type DistinctSketch = number[];

/** Makes the sketch of some values; each element of a list counts as a value. */
export function sketchOf(values: Iterable<MetadataValue>): DistinctSketch {
  const seen = new Set<string>();
  for (const value of values) {
    for (const one of Array.isArray(value) ? value : [value]) seen.add(`${typeof one}:${one}`);
  }
  return smallest(Array.from(seen, (text) => mix(checksumOf(Buffer.from(text)))));
}

/** Returns the sketch of both sets of values together. */
export function mergeSketches(a: DistinctSketch, b: DistinctSketch): DistinctSketch {
  return smallest([...a, ...b]);
}

/** Returns the estimated number of distinct values. */
export function estimateDistinct(sketch: DistinctSketch): number {
  if (sketch.length < SKETCH_SIZE) return sketch.length;
  return Math.round(((SKETCH_SIZE - 1) * 2 ** 32) / (sketch[SKETCH_SIZE - 1]! + 1));
}

function smallest(hashes: number[]): DistinctSketch {
  return [...new Set(hashes)].sort((a, b) => a - b).slice(0, SKETCH_SIZE);
}

/** Spreads a CRC, which maps similar texts to related numbers (the finalizer of MurmurHash3). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
