import type { Outcome } from '../measure/engine-task.ts';
import type { KeywordResult } from '../measure/keyword.ts';
import type { ReadSummary } from '../measure/cold-reads.ts';
import type { EngineReport } from '../measure/measure-engine.ts';
import { formatTable, showNumber } from './table.ts';

/** Formats recall and speed under filters, or null when none were measured. */
export function formatFilters(engines: readonly EngineReport[]): string | null {
  const measured = engines.filter((engine) => engine.filtered !== null);
  if (measured.length === 0) return null;
  const header = ['Engine', 'Rows that pass', 'Recall@10', 'Queries/s', 'p99'];
  const rows = measured.flatMap(({ title, filtered }) => {
    if (filtered === null || 'reason' in filtered) return [[title, '-', filtered?.reason ?? '-', '-', '-']];
    return filtered.result.map((point) => [
      title,
      point.share === 1 ? 'all, no filter' : `${point.share * 100} %`,
      point.recall.toFixed(4),
      showNumber(point.queriesPerSecond),
      showNumber(point.p99Ms, 'ms'),
    ]);
  });
  return formatTable(header, rows);
}

/** Formats the time from the start of a process to its first result, or null when it was not measured. */
export function formatStarts(
  engines: readonly EngineReport[],
  bareStart: Outcome<number> | null,
): string | null {
  if (bareStart === null) return null;
  const bareMs = 'result' in bareStart ? bareStart.result : NaN;
  const starts = engines.flatMap((engine) => engine.starts);
  const rows = starts.map(({ title, outcome }) =>
    'reason' in outcome
      ? [title, outcome.reason, '-']
      : [title, showNumber(outcome.result, 'ms'), showNumber(outcome.result - bareMs, 'ms')],
  );
  return formatTable(
    ['Engine', 'Process start to first result', 'After the start of Node.js'],
    [['Node.js alone', showNumber(bareMs, 'ms'), '0 ms'], ...rows],
  );
}

/** Formats what cold queries read from a store of 60 ms, or null when it was not measured. */
export function formatColdReads(engines: readonly EngineReport[]): string | null {
  const rows = engines.flatMap(({ title, coldReads }) => {
    if (coldReads === null) return [];
    if ('reason' in coldReads) return [[title, coldReads.reason, '-', '-', '-', '-', '-']];
    const { first, next } = coldReads.result;
    return [
      [title, 'first of a process', ...showReads(first)],
      [title, 'next one, other query', ...showReads(next)],
    ];
  });
  if (rows.length === 0) return null;
  const header = ['Engine', 'Query', 'Time', 'Bytes', 'Most bytes', 'Reads', 'Dependent rounds'];
  return formatTable(header, rows);
}

function showReads(reads: ReadSummary): string[] {
  return [
    showNumber(reads.medianMs, 'ms'),
    showNumber(reads.medianBytes),
    showNumber(reads.mostBytes),
    showNumber(reads.medianCalls),
    showNumber(reads.mostRounds),
  ];
}

/** Formats searches and upserts in one loop, or null when they were not measured. */
export function formatMixed(engines: readonly EngineReport[]): string | null {
  const measured = engines.filter((engine) => engine.mixed !== null);
  if (measured.length === 0) return null;
  const header = ['Engine', 'Operations/s', 'Search p50', 'Search p99', 'Upsert p50', 'Upsert p99'];
  const rows = measured.map(({ title, mixed }) => {
    if (mixed === null || 'reason' in mixed) return [title, mixed?.reason ?? '-', '-', '-', '-', '-'];
    const { operationsPerSecond, searchP50Ms, searchP99Ms, upsertP50Ms, upsertP99Ms } = mixed.result;
    const times = [searchP50Ms, searchP99Ms, upsertP50Ms, upsertP99Ms];
    return [title, showNumber(operationsPerSecond), ...times.map((time) => showNumber(time, 'ms'))];
  });
  return formatTable(header, rows);
}

/** Formats keyword search; the last column tells how far the engines agree. */
export function formatKeyword(
  keyword: readonly { title: string; outcome: Outcome<KeywordResult> }[],
): string {
  const reference = keyword.flatMap(({ outcome }) => ('result' in outcome ? [outcome.result] : []))[0];
  const rows = keyword.map(({ title, outcome }) => {
    if ('reason' in outcome) return [title, outcome.reason, '-', '-', '-'];
    const { buildSeconds, p50Ms, p99Ms, answers } = outcome.result;
    const shared = reference === undefined ? NaN : sharedAnswers(reference.answers, answers);
    return [
      title,
      showNumber(buildSeconds, 's'),
      showNumber(p50Ms, 'ms'),
      showNumber(p99Ms, 'ms'),
      `${showNumber(shared * 100)} %`,
    ];
  });
  const engine = `BM25 of 3 words, ${showNumber(reference?.chunks ?? null)} chunks`;
  return formatTable([engine, 'Build', 'p50', 'p99', 'Hits shared with the first'], rows);
}

function sharedAnswers(left: readonly number[][], right: readonly number[][]): number {
  let shared = 0;
  let all = 0;
  for (const [n, answer] of left.entries()) {
    shared += answer.filter((row) => right[n]?.includes(row)).length;
    all += answer.length;
  }
  return shared / all;
}
