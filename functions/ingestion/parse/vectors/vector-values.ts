import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';

const BYTES_OF_FLOAT = 4;

function refuse(problem: string, location: string): never {
  throw new IngestionFailure('VALIDATION', `The vector of ${location} ${problem}.`, { location });
}

/** Returns numbers as a vector: 32-bit floats, all of them finite. */
export function toVector(numbers: ArrayLike<number>, location: string): Float32Array {
  const { dimensions } = INGESTION_LIMITS;
  if (numbers.length === 0 || numbers.length > dimensions)
    refuse(`has ${numbers.length} numbers; 1 to ${dimensions} are allowed`, location);
  const vector = Float32Array.from(numbers);
  const at = vector.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) refuse(`has ${numbers[at]} at place ${at}, which is not a finite 32-bit number`, location);
  return vector;
}

/** Reads a vector as base64 of 32-bit floats, little end first, as the API takes it. */
export function decodeVector(base64: string, location: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.length % BYTES_OF_FLOAT > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    refuse('is not base64 of 32-bit floats', location);
  const numbers = Array.from({ length: bytes.length / BYTES_OF_FLOAT }, (_, index) =>
    bytes.readFloatLE(index * BYTES_OF_FLOAT),
  );
  return toVector(numbers, location);
}
