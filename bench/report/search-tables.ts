import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import type { Outcome, SearchResult } from '../measure/engine-task.ts';
import type { BuiltIndex } from '../measure/index-cache.ts';
import type { EngineReport } from '../measure/measure-engine.ts';
import { recallTargets, type OperatingPoint } from '../measure/sweep.ts';
import { formatTable, showNumber } from './table.ts';

/** Formats builds, bytes and threads of all engines on one set. */
export function formatBuilds(plan: DatasetPlan, engines: readonly EngineReport[]): string {
  const header = [
    'Engine',
    'Build',
    'Of it the index',
    'Stored, bytes a vector',
    'Resident, bytes a vector',
    'Own count: codes / all',
  ];
  const rows = engines.flatMap((engine) => {
    const single = engine.builtOnOneThread;
    const own = buildRow(plan, engine, engine.built);
    if (single === null) return [own];
    const time = 'reason' in single ? `failed: ${single.reason}` : showBuild(single.result);
    return [own, [`${engine.title}, one thread`, time, '-', '-', '-', '-']];
  });
  return formatTable(header, rows);
}

function buildRow(plan: DatasetPlan, engine: EngineReport, built: Outcome<BuiltIndex>): string[] {
  if ('reason' in built) return [engine.title, built.reason, '-', '-', '-', '-'];
  const found = 'result' in engine.searched ? engine.searched.result : null;
  const each = (bytes: number | null): string => showNumber(bytes === null ? null : bytes / plan.rows);
  return [
    engine.title,
    showBuild(built.result),
    showNumber(built.result.indexSeconds, 's'),
    each(built.result.storedBytes),
    found === null ? '-' : each(found.processBytes),
    found?.ownBytes ? `${each(found.ownBytes.codes)} / ${each(found.ownBytes.all)}` : '-',
  ];
}

function showBuild({ seconds, isFresh }: BuiltIndex): string {
  return `${showNumber(seconds, 's')}${isFresh ? '' : ' (earlier run)'}`;
}

/** Formats the speed of all engines at each recall. */
export function formatSpeeds(engines: readonly EngineReport[]): string {
  const header = ['Engine', 'Recall@10 asked', 'Reached', 'With', 'Queries/s', 'p50', 'p99'];
  const rows = engines.flatMap(({ title, searched }) => {
    if ('reason' in searched) return [[title, '-', searched.reason, '-', '-', '-', '-']];
    return recallTargets.map((target) => [title, target.toFixed(2), ...showTarget(searched.result, target)]);
  });
  return formatTable(header, rows);
}

function showTarget({ chosen, points }: SearchResult, target: number): string[] {
  const point = chosen.find((one) => one.target === target);
  if (point !== undefined) return showPoint(point);
  const most = Math.max(...points.map((one) => one.recall));
  return [`never: at most ${most.toFixed(4)}`, '-', '-', '-', '-'];
}

function showPoint(point: OperatingPoint): string[] {
  return [
    point.recall.toFixed(4),
    point.label,
    showNumber(point.queriesPerSecond),
    showNumber(point.p50Ms, 'ms'),
    showNumber(point.p99Ms, 'ms'),
  ];
}
