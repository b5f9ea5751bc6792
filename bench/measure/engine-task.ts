import type { BuildOutput } from '../engines/measured-engine.ts';
import type { ColdReads } from './cold-reads.ts';
import type { FilteredPoint } from './filtered.ts';
import type { KeywordResult } from './keyword.ts';
import type { MixedResult } from './mixed.ts';
import type { SweepResult } from './sweep.ts';

/** What a child process is asked to do. */
export interface EngineTask {
  kind: keyof TaskResults;
  engine: string;
  dataset: string;
  /** Holds the index; empty before a build. A task that writes gets a copy. */
  folder: string;
  /** Threads of a build. */
  threads?: 'default' | 'one';
  /** The setting of searches; tasks other than `search` need it. */
  parameter?: number;
  /** Measures for a shorter time, to see that everything works. */
  quick?: boolean;
}

export interface BuildResult extends BuildOutput {
  storedBytes: number;
}

export interface SearchResult extends SweepResult {
  /** Growth of the process from before opening to after half of the queries at a middling setting, garbage collected. */
  processBytes: number;
  ownBytes: { codes: number | null; all: number } | null;
}

/** What a task answers, by its kind. */
export interface TaskResults {
  build: BuildResult;
  search: SearchResult;
  filtered: FilteredPoint[];
  mixed: MixedResult;
  coldReads: ColdReads;
  keyword: KeywordResult;
}

/** A result, or why there is none. */
export type Outcome<Result> = { result: Result } | { reason: string };
