import { IngestionFailure } from '../ingestion-failure.ts';

/** Returns the error of an archive that is not whole. */
export function damagedZip(problem: string, cause?: unknown): IngestionFailure {
  return new IngestionFailure('CORRUPT_DATA', `The document's ZIP archive is damaged: ${problem}.`, {
    cause,
  });
}

/** Returns the error of an archive beyond a ceiling. */
export function refusedZip(problem: string): IngestionFailure {
  return new IngestionFailure('PAYLOAD_TOO_LARGE', `The document's ZIP archive is refused: ${problem}.`);
}
