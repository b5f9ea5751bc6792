import { isVectorDbError } from '../../engine/index.ts';
import type { ErrorKind, Rejection } from '../../schema/generated/types.ts';
import { kindOfEngineError } from '../shared/function-error.ts';
import { RequestError } from '../shared/request-error.ts';

/** Makes the rejection of one entry of a batch. */
export function rejectEntry(index: number, id: string | null, kind: ErrorKind, message: string): Rejection {
  return { index, id, kind, message };
}

/** Runs a check of one entry; what it refuses becomes a rejection, everything else is thrown. */
export function tryEntry<Result>(
  index: number,
  id: string | null,
  check: () => Result,
): { accepted: Result } | { rejected: Rejection } {
  try {
    return { accepted: check() };
  } catch (error) {
    if (error instanceof RequestError) return { rejected: rejectEntry(index, id, error.kind, error.message) };
    if (isVectorDbError(error, 'InvalidInput')) {
      return { rejected: rejectEntry(index, id, kindOfEngineError(error), error.message) };
    }
    throw error;
  }
}
