import type { EngineReport } from '../measure/measure-engine.ts';
import type { OperatingPoint } from '../measure/sweep.ts';
import type { DatasetReport, RunReport } from './run-report.ts';
import { formatTable, showNumber } from './table.ts';

/** A goal with what this run says to it; `isMet` is null when the run did not measure it. */
export interface Goal {
  text: string;
  measured: string;
  isMet: boolean | null;
}

/** Formats the goals that a run decides, and names the others. */
export function formatGoals(goals: readonly Goal[]): string {
  const judged = goals.filter((goal) => goal.isMet !== null);
  const open = goals.filter((goal) => goal.isMet === null);
  const rows = judged.map((goal) => [goal.text, goal.measured, goal.isMet ? 'met' : '**not met**']);
  const table = rows.length === 0 ? [] : [formatTable(['Goal', 'This run', ''], rows)];
  const rest =
    open.length === 0 ? [] : [`Not measured in this run: ${open.map((goal) => goal.text).join('; ')}.`];
  return [...table, ...rest].join('\n\n');
}

/** Compares a run with what the engine is meant to reach. */
export function judgeGoals(run: RunReport): Goal[] {
  const against = ['mnist784', 'text150k'].flatMap((name) => speedGoals(name, findDataset(run, name)));
  const text = findDataset(run, 'text150k');
  return [
    ...against,
    largeGoal(findDataset(run, 'text1m')),
    memoryGoal(text),
    buildGoal(text, 'default threads', (peer) => peer.built),
    buildGoal(text, 'one thread', (peer) => peer.builtOnOneThread),
    startGoal(text, run),
    filterGoal(text),
    keywordGoal(run),
    kernelGoal(run),
  ];
}

const notMeasured = (text: string): Goal => ({ text, measured: '-', isMet: null });

function findDataset(run: RunReport, name: string): DatasetReport | null {
  return run.datasets.find((dataset) => dataset.plan.name === name) ?? null;
}

function findEngine(dataset: DatasetReport | null, name: string): EngineReport | null {
  return dataset?.engines.find((engine) => engine.name === name) ?? null;
}

function pointAt(engine: EngineReport | null, target: number): OperatingPoint | null {
  if (engine === null || 'reason' in engine.searched) return null;
  return engine.searched.result.chosen.find((point) => point.target === target) ?? null;
}

function speedGoals(name: string, dataset: DatasetReport | null): Goal[] {
  const ours = findEngine(dataset, 'ours');
  const peer = findEngine(dataset, 'usearch-f32');
  const speeds = [
    { target: 0.95, factor: 1.8 },
    { target: 0.99, factor: 1.6 },
  ].map(({ target, factor }) => {
    const text = `${name}: ${factor} times the queries/s of usearch f32 at recall ${target}`;
    const [mine, theirs] = [pointAt(ours, target), pointAt(peer, target)];
    if (mine === null || theirs === null) return unreached(text, ours, mine);
    const ratio = mine.queriesPerSecond / theirs.queriesPerSecond;
    return { text, measured: `${showNumber(ratio)} times`, isMet: ratio >= factor };
  });
  return [...speeds, tailGoal(name, ours, peer)];
}

function tailGoal(name: string, ours: EngineReport | null, peer: EngineReport | null): Goal {
  const text = `${name}: p99 below that of usearch f32 at recall 0.95`;
  const [mine, theirs] = [pointAt(ours, 0.95), pointAt(peer, 0.95)];
  if (mine === null || theirs === null) return unreached(text, ours, mine);
  const measured = `${showNumber(mine.p99Ms)} and ${showNumber(theirs.p99Ms, 'ms')}`;
  return { text, measured, isMet: mine.p99Ms < theirs.p99Ms };
}

/** A recall that our engine was measured for and did not reach fails the goal; anything else leaves it open. */
function unreached(text: string, ours: EngineReport | null, mine: OperatingPoint | null): Goal {
  if (ours === null || mine !== null) return notMeasured(text);
  const reason = 'reason' in ours.searched ? ours.searched.reason : 'recall not reached';
  return { text, measured: reason, isMet: false };
}

function largeGoal(dataset: DatasetReport | null): Goal {
  const text = 'text1m: 3,000 queries/s and p99 below 1 ms at recall 0.99';
  const ours = findEngine(dataset, 'ours');
  const point = pointAt(ours, 0.99);
  if (point === null) return unreached(text, ours, null);
  return {
    text,
    measured: `${showNumber(point.queriesPerSecond)}/s, ${showNumber(point.p99Ms, 'ms')}`,
    isMet: point.queriesPerSecond >= 3000 && point.p99Ms < 1,
  };
}

function memoryGoal(dataset: DatasetReport | null): Goal {
  const text = 'text150k: at most 120 resident bytes a vector for codes (own count)';
  const ours = findEngine(dataset, 'ours');
  if (dataset === null || ours === null || 'reason' in ours.searched) return notMeasured(text);
  const { ownBytes } = ours.searched.result;
  if (ownBytes === null || ownBytes.codes === null) return notMeasured(text);
  const each = ownBytes.codes / dataset.plan.rows;
  return { text, measured: `${showNumber(each)} B`, isMet: each <= 120 };
}

function buildGoal(
  dataset: DatasetReport | null,
  threads: string,
  buildOf: (peer: EngineReport) => EngineReport['builtOnOneThread'],
): Goal {
  const text = `text150k: built in an eighth of the time of usearch f32, ${threads}`;
  const ours = findEngine(dataset, 'ours');
  const peer = findEngine(dataset, 'usearch-f32');
  const theirs = peer === null ? null : buildOf(peer);
  if (ours === null || theirs === null || 'reason' in ours.built || 'reason' in theirs)
    return notMeasured(text);
  const ratio = theirs.result.seconds / ours.built.result.seconds;
  return { text, measured: `${showNumber(ratio)} times as fast`, isMet: ratio >= 8 };
}

function startGoal(dataset: DatasetReport | null, { bareStart }: RunReport): Goal {
  const text = 'text150k: first result at most 60 ms after the start of Node.js';
  const start = findEngine(dataset, 'ours')?.starts[0]?.outcome;
  if (start === undefined || 'reason' in start || bareStart === null || 'reason' in bareStart)
    return notMeasured(text);
  const ms = start.result - bareStart.result;
  return { text, measured: showNumber(ms, 'ms'), isMet: ms <= 60 };
}

function filterGoal(dataset: DatasetReport | null): Goal {
  const text = 'text150k: filtered recall@10 at most 0.005 below the unfiltered one';
  const filtered = findEngine(dataset, 'ours')?.filtered;
  if (!filtered || 'reason' in filtered) return notMeasured(text);
  const unfiltered = filtered.result.find((point) => point.share === 1)?.recall ?? NaN;
  const lowest = Math.min(...filtered.result.map((point) => point.recall));
  const measured = `${lowest.toFixed(4)} and ${unfiltered.toFixed(4)}`;
  return { text, measured, isMet: lowest >= unfiltered - 0.005 };
}

function keywordGoal({ keyword }: RunReport): Goal {
  const text = 'BM25 over 100,000 chunks: p50 below 5 ms';
  const outcome = keyword[0]?.outcome;
  if (outcome === undefined || 'reason' in outcome || outcome.result.chunks < 100_000)
    return notMeasured(text);
  return { text, measured: showNumber(outcome.result.p50Ms, 'ms'), isMet: outcome.result.p50Ms < 5 };
}

function kernelGoal({ kernels }: RunReport): Goal {
  const text = 'f32 kernel: 90 % of the plain read rate';
  if (kernels === null || 'reason' in kernels) return notMeasured(text);
  const [plain, dot] = ['plain reads', 'dotRows'].map((name) => rateOf(kernels.result, name));
  if (!plain || !dot) return notMeasured(text);
  const share = dot / plain;
  return { text, measured: `${showNumber(share * 100)} % of ${showNumber(plain)} GB/s`, isMet: share >= 0.9 };
}

/** Finds the rate in a line that bench/kernels.ts printed: a name, then GB/s. */
function rateOf(printed: string, name: string): number | null {
  const line = printed.split('\n').find((one) => new RegExp(`^${name} +[0-9.]+ GB/s`).test(one));
  return line === undefined ? null : Number.parseFloat(line.slice(name.length));
}
