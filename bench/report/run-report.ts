import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import type { Outcome } from '../measure/engine-task.ts';
import type { KeywordResult } from '../measure/keyword.ts';
import type { EngineReport } from '../measure/measure-engine.ts';

/** Everything that one run measured. */
export interface RunReport {
  datasets: DatasetReport[];
  /** BM25 by engine; empty when it was not asked for. */
  keyword: { title: string; outcome: Outcome<KeywordResult> }[];
  /** A process of Node.js that does nothing, from its start to its first output. */
  bareStart: Outcome<number> | null;
  /** What bench/kernels.ts printed. */
  kernels: Outcome<string> | null;
}

export interface DatasetReport {
  plan: DatasetPlan;
  engines: EngineReport[];
}
