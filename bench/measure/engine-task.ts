import type { BuildOutput } from '../engines/measured-engine.ts';
import type { SweepResult } from './sweep.ts';

/** What a child process is asked to do. */
export interface EngineTask {
  kind: keyof TaskResults;
  engine: string;
  dataset: string;
  /** Holds the index; empty before a build. */
  folder: string;
  threads?: 'default' | 'one';
}

export interface BuildResult extends BuildOutput {
  storedBytes: number;
}

export interface SearchResult extends SweepResult {
  /** Growth of the process from before opening to after half of the queries at a middling setting, garbage collected. */
  processBytes: number;
  ownBytes: { codes: number; all: number } | null;
}

/** What a task answers, by its kind. */
export interface TaskResults {
  build: BuildResult;
  search: SearchResult;
}

/** A result, or why there is none. */
export type Outcome<Result> = { result: Result } | { reason: string };
