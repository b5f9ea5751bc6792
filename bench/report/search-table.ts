import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import type { Outcome, SearchResult } from '../measure/engine-task.ts';
import type { BuiltIndex } from '../measure/index-cache.ts';
import { recallTargets, type OperatingPoint } from '../measure/sweep.ts';
import { formatTable, showNumber } from './table.ts';

/** What was measured of one engine on one set. */
export interface EngineReport {
  name: string;
  title: string;
  built: Outcome<BuiltIndex>;
  searched: Outcome<SearchResult>;
}

/** Formats build, memory and speed of all engines on one set. */
export function formatSearchTables(plan: DatasetPlan, reports: readonly EngineReport[]): string {
  return [`### ${plan.title}`, formatBuilds(plan, reports), formatSpeeds(reports)].join('\n\n');
}

function formatBuilds(plan: DatasetPlan, reports: readonly EngineReport[]): string {
  const header = [
    'Engine',
    'build',
    'of it the index',
    'stored, bytes a vector',
    'process, bytes a vector',
    'own count: codes / all',
  ];
  const rows = reports.map(({ title, built, searched }) => {
    if ('reason' in built) return [title, `failed: ${built.reason}`];
    const { seconds, indexSeconds, storedBytes, isFresh } = built.result;
    const found = 'result' in searched ? searched.result : null;
    const each = (bytes: number): string => showNumber(bytes / plan.rows);
    return [
      title,
      `${showNumber(seconds, 's')}${isFresh ? '' : ' (earlier run)'}`,
      showNumber(indexSeconds, 's'),
      each(storedBytes),
      found === null ? '-' : each(found.processBytes),
      found?.ownBytes ? `${each(found.ownBytes.codes)} / ${each(found.ownBytes.all)}` : '-',
    ];
  });
  return formatTable(header, rows);
}

function formatSpeeds(reports: readonly EngineReport[]): string {
  const header = ['Engine', 'recall@10 asked', 'reached', 'with', 'queries/s', 'p50', 'p99'];
  const rows = reports.flatMap(({ title, built, searched }) => {
    if ('reason' in built) return [[title, '-', `failed: ${built.reason}`]];
    if ('reason' in searched) return [[title, '-', `failed: ${searched.reason}`]];
    return recallTargets.map((target) => {
      const point = searched.result.chosen.find((one) => one.target === target);
      return [
        title,
        target.toFixed(2),
        ...(point === undefined ? [`never: ${bestRecall(searched.result)}`] : showPoint(point)),
      ];
    });
  });
  return formatTable(header, rows);
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

function bestRecall({ points }: SearchResult): string {
  return `at most ${Math.max(...points.map((point) => point.recall)).toFixed(4)}`;
}
