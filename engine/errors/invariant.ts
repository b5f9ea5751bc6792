import { VectorDbError } from './vector-db-error.ts';

/** Throws Internal when an assumption of our own code does not hold. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new VectorDbError('Internal', `Invariant broken: ${message}.`);
}
