import { readDataset, recallAt, type Dataset } from '../datasets/dataset.ts';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { rowOf, type Answer, type OpenIndex } from '../engines/measured-engine.ts';
import { median, percentile } from './statistics.ts';

/** Recalls that an engine is asked for. */
export const recallTargets = [0.9, 0.95, 0.99] as const;

/** One setting on the queries that choose. */
export interface SweepPoint {
  parameter: number;
  label: string;
  recall: number;
  queriesPerSecond: number;
}

/** The fastest setting that reaches a recall on the choosing half, measured on the other half. */
export interface OperatingPoint extends SweepPoint {
  target: number;
  p50Ms: number;
  p99Ms: number;
  queries: number;
  passes: number;
}

export interface SweepResult {
  points: SweepPoint[];
  chosen: OperatingPoint[];
}

interface Pass {
  recall: number;
  queriesPerSecond: number;
  latenciesMs: number[];
}

const choosingBudgetMs = 4000;
const reportingBudgetMs = 8000;
const passes = 5;
const fewestQueries = 40;

/** Walks the settings from cheap to dear on the first half of the queries, and measures the chosen ones on the second. */
export async function sweep(plan: DatasetPlan, index: OpenIndex): Promise<SweepResult> {
  const dataset = readDataset(plan);
  const half = plan.queries / 2;
  const ask = (query: Float32Array): Answer => index.search(query, recallAt);
  const points: SweepPoint[] = [];
  for (const [parameter, label] of index.parameters.entries()) {
    await index.use(parameter);
    await runPass(dataset, ask, { from: 0, to: half, budgetMs: choosingBudgetMs / 4 });
    const { recall, queriesPerSecond } = await runPass(dataset, ask, {
      from: 0,
      to: half,
      budgetMs: choosingBudgetMs,
    });
    points.push({ parameter, label, recall, queriesPerSecond });
    // Dearer settings than one that finds nearly everything choose nothing.
    if (recall >= 0.998) break;
  }
  const chosen: OperatingPoint[] = [];
  for (const target of recallTargets) {
    const best = choose(points, target);
    if (best === null) continue;
    const same = chosen.find((point) => point.parameter === best.parameter);
    if (same === undefined) await index.use(best.parameter);
    chosen.push({ ...(same ?? { ...best, ...(await measurePasses(dataset, ask, half)) }), target });
  }
  return { points, chosen };
}

/** Asks the first half of the queries once at a middling setting. */
export async function warmUp(plan: DatasetPlan, index: OpenIndex): Promise<void> {
  await index.use(index.parameters.length >> 1);
  const window = { from: 0, to: plan.queries / 2, budgetMs: choosingBudgetMs };
  await runPass(readDataset(plan), (query) => index.search(query, recallAt), window);
}

function choose(points: SweepPoint[], target: number): SweepPoint | null {
  const enough = points.filter((point) => point.recall >= target);
  return enough.reduce<SweepPoint | null>(
    (best, point) => (best === null || point.queriesPerSecond > best.queriesPerSecond ? point : best),
    null,
  );
}

/** Measures the second half several times after one pass to warm up; medians over the passes. */
async function measurePasses(
  dataset: Dataset,
  ask: (query: Float32Array) => Answer,
  from: number,
): Promise<Omit<OperatingPoint, keyof Omit<SweepPoint, 'recall' | 'queriesPerSecond'> | 'target'>> {
  const window = { from, to: dataset.plan.queries };
  await runPass(dataset, ask, { ...window, budgetMs: reportingBudgetMs / 4 });
  const measured: Pass[] = [];
  for (let pass = 0; pass < passes; pass++) {
    measured.push(await runPass(dataset, ask, { ...window, budgetMs: reportingBudgetMs / passes }));
  }
  return {
    recall: median(measured.map((pass) => pass.recall)),
    queriesPerSecond: median(measured.map((pass) => pass.queriesPerSecond)),
    p50Ms: median(measured.map((pass) => percentile(pass.latenciesMs, 0.5))),
    p99Ms: median(measured.map((pass) => percentile(pass.latenciesMs, 0.99))),
    queries: median(measured.map((pass) => pass.latenciesMs.length)),
    passes,
  };
}

/** Asks queries one after the other until the window or the time ends, but never fewer than give a recall. */
export async function runPass(
  dataset: Dataset,
  ask: (query: Float32Array) => Answer,
  window: { from: number; to: number; budgetMs: number },
): Promise<Pass> {
  const latenciesMs: number[] = [];
  const answers: ArrayLike<number>[] = [];
  const startedAt = performance.now();
  let lastMs = startedAt;
  for (let n = window.from; n < window.to; n++) {
    const answer = ask(rowOf(dataset.queries, dataset.plan.dimension, n));
    answers.push(answer instanceof Promise ? await answer : answer);
    const nowMs = performance.now();
    latenciesMs.push(nowMs - lastMs);
    lastMs = nowMs;
    if (nowMs - startedAt > window.budgetMs && answers.length >= fewestQueries) break;
  }
  const found = answers.map((answer, n) => countFound(answer, dataset.accepted[window.from + n]!));
  const wanted = answers.map((_, n) => Math.min(recallAt, dataset.accepted[window.from + n]!.length));
  return {
    recall: sum(found) / sum(wanted),
    queriesPerSecond: (answers.length * 1000) / (lastMs - startedAt),
    latenciesMs,
  };
}

/** Counts the distinct right rows of an answer, at most ten. */
function countFound(answer: ArrayLike<number>, accepted: Uint32Array): number {
  const first = new Set(Array.from(answer).slice(0, recallAt));
  return accepted.reduce((count, row) => count + (first.has(row) ? 1 : 0), 0);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
