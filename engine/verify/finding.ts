import { isVectorDbError } from '../errors/vector-db-error.ts';
import { FormatProblem } from '../format/byte-reader.ts';

/** Something that a verification found: an ERROR loses or falsifies data, INFO is worth knowing. */
export interface Finding {
  severity: 'ERROR' | 'INFO';
  /** Key of the object. */
  object: string;
  problem: string;
}

export function errorAt(object: string, problem: string): Finding {
  return { severity: 'ERROR', object, problem };
}

export function infoAt(object: string, problem: string): Finding {
  return { severity: 'INFO', object, problem };
}

/** Turns what reading a damaged object throws into a finding; other failures, such as a store that is away, are thrown on. */
export function findingOf(object: string, error: unknown): Finding {
  if (isVectorDbError(error, 'CorruptData')) return errorAt(object, error.message);
  if (isVectorDbError(error, 'NotFound')) return errorAt(object, 'it is missing from the store');
  if (error instanceof FormatProblem || error instanceof RangeError) return errorAt(object, error.message);
  throw error;
}
