import type { IngestionFailure } from '../../ingestion-failure.ts';

/** When the reading of a file must have ended, whatever of it has come by then. */
export interface Deadline {
  /** By the process's own clock, `performance.now()`. */
  atMs: number;
  /** Returns why the file failed; the location says how far reading had come. */
  explain: (location: string | null) => IngestionFailure;
}
