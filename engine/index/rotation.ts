import { FormatProblem } from '../format/byte-reader.ts';

/** Rounds of sign flips and Hadamard transforms. */
const ROUNDS = 4;

/**
 * A random orthogonal transform of O(d log d): `signs` holds one +1 or -1 for each round and dimension. It spreads every vector
 * evenly over the dimensions, which is what one-bit codes need (Gao and Long, RaBitQ, SIGMOD 2024).
 */
export interface Rotation {
  /** Values of a rotated vector: the dimension, rounded up to a multiple of 8. */
  dimension: number;
  signs: Float32Array<ArrayBuffer>;
}

/** Returns the number of values of a rotated vector. */
export function codeDimension(dimension: number): number {
  return Math.ceil(dimension / 8) * 8;
}

/** Draws a rotation; the same numbers give the same rotation. */
export function makeRotation(dimension: number, random: () => number): Rotation {
  const padded = codeDimension(dimension);
  return {
    dimension: padded,
    signs: Float32Array.from({ length: ROUNDS * padded }, () => (random() < 0.5 ? -1 : 1)),
  };
}

/** Bytes of an encoded rotation. */
export function rotationBytes(dimension: number): number {
  return (ROUNDS * dimension) / 8;
}

/** Encodes a rotation: one bit for each sign, 1 for +1, the first sign in the lowest bit. */
export function encodeRotation({ signs }: Rotation): Uint8Array {
  const bits = new Uint8Array(signs.length / 8);
  signs.forEach((sign, i) => {
    if (sign > 0) bits[i >> 3]! |= 1 << (i & 7);
  });
  return bits;
}

/** Decodes what `encodeRotation` wrote. */
export function decodeRotation(bits: Uint8Array, dimension: number): Rotation {
  if (bits.length !== rotationBytes(dimension)) {
    throw new FormatProblem(`a rotation of ${dimension} dimensions has ${bits.length} bytes`);
  }
  const signs = Float32Array.from({ length: bits.length * 8 }, (_, i) =>
    (bits[i >> 3]! & (1 << (i & 7))) === 0 ? -1 : 1,
  );
  return { dimension, signs };
}
