import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../datasets/cache-folder.ts';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { findEngine, otherOpenings } from '../engines/engine-list.ts';
import type { MeasuredEngine } from '../engines/measured-engine.ts';
import type { ColdReads } from './cold-reads.ts';
import type { Outcome, SearchResult } from './engine-task.ts';
import type { FilteredPoint } from './filtered.ts';
import { measureStart } from './first-result.ts';
import { provideIndex, versionOf, type BuildOptions, type BuiltIndex } from './index-cache.ts';
import type { MixedResult } from './mixed.ts';
import { runChild } from './run-child.ts';

export const tableNames = ['search', 'filter', 'start', 'reads', 'mixed', 'keyword', 'kernels'] as const;
export type TableName = (typeof tableNames)[number];

const tooSlow = 'left out at this size, as it builds for an hour: name it with --engines';

/** What was measured of one engine on one set; null where it was not asked for. */
export interface EngineReport {
  name: string;
  title: string;
  settings: string;
  version: Outcome<string>;
  built: Outcome<BuiltIndex>;
  builtOnOneThread: Outcome<BuiltIndex> | null;
  searched: Outcome<SearchResult>;
  filtered: Outcome<FilteredPoint[]> | null;
  starts: { title: string; outcome: Outcome<number> }[];
  coldReads: Outcome<ColdReads> | null;
  mixed: Outcome<MixedResult> | null;
}

export interface MeasureOptions extends BuildOptions {
  firstResultBundle: string;
  tables: readonly TableName[];
  quick: boolean;
  /** Whether the command line names the engines, those that take an hour among them. */
  areEnginesNamed: boolean;
  progress: (step: string) => void;
}

/** Builds an engine's index where needed, sweeps its settings, and measures the tables that were asked for at the setting for recall 0.95. */
export async function measureEngine(
  name: string,
  plan: DatasetPlan,
  options: MeasureOptions,
): Promise<EngineReport> {
  const engine = findEngine(name);
  const step = (what: string): void => {
    options.progress(`${plan.name}: ${engine.title}: ${what}`);
  };
  step('index');
  const skipped = plan.rows > 500_000 && engine.isSlowToBuild && !options.areEnginesNamed;
  const built = skipped ? { reason: tooSlow } : await provideIndex(engine, plan, options);
  const report: EngineReport = {
    name,
    title: engine.title,
    settings: engine.settings,
    version: await versionOf(engine),
    built,
    builtOnOneThread: await buildOnOneThread(engine, plan, options),
    searched: 'reason' in built ? built : { reason: 'not measured' },
    filtered: null,
    starts: [],
    coldReads: null,
    mixed: null,
  };
  if ('reason' in built) return report;
  step('searches');
  const task = { engine: name, dataset: plan.name, folder: built.result.folder };
  report.searched = await runChild(options.bundle, { kind: 'search', ...task });
  if ('reason' in report.searched) return report;
  const tuned = { ...task, parameter: parameterFor(report.searched.result, 0.95) };
  await measureTables(report, plan, tuned, options);
  return report;
}

interface TunedTask {
  engine: string;
  dataset: string;
  folder: string;
  parameter: number;
}

async function measureTables(
  report: EngineReport,
  plan: DatasetPlan,
  task: TunedTask,
  { bundle, firstResultBundle, tables, quick, progress }: MeasureOptions,
): Promise<void> {
  if (tables.includes('filter') && plan.filteredQueries > 0) {
    progress(`${plan.name}: ${report.title}: filters`);
    report.filtered = await runChild(bundle, { kind: 'filtered', ...task });
  }
  if (tables.includes('start')) {
    progress(`${plan.name}: ${report.title}: first results`);
    for (const engine of [findEngine(task.engine), otherOpenings[task.engine]]) {
      if (engine === undefined) continue;
      const args = [engine.name, plan.name, task.folder, String(task.parameter)];
      report.starts.push({
        title: engine.title,
        outcome: await measureStart(firstResultBundle, args, quick ? 5 : 15),
      });
    }
  }
  if (tables.includes('reads') && task.engine === 'ours') {
    progress(`${plan.name}: ${report.title}: cold reads`);
    report.coldReads = await runChild(bundle, { kind: 'coldReads', ...task });
  }
  if (tables.includes('mixed')) {
    progress(`${plan.name}: ${report.title}: searches and upserts`);
    report.mixed = await withCopy(task.folder, (folder) =>
      runChild(bundle, { kind: 'mixed', ...task, folder, quick }),
    );
  }
}

/** Returns the setting chosen for a recall, or the one that came closest. */
function parameterFor({ chosen, points }: SearchResult, target: number): number {
  const fitting = chosen.find((point) => point.target === target);
  if (fitting !== undefined) return fitting.parameter;
  return points.reduce((best, point) => (point.recall > best.recall ? point : best)).parameter;
}

/** Only usearch builds on every core unless told otherwise. */
async function buildOnOneThread(
  engine: MeasuredEngine,
  plan: DatasetPlan,
  options: MeasureOptions,
): Promise<Outcome<BuiltIndex> | null> {
  if (engine.name !== 'usearch-f32' || plan.rows > 200_000 || !options.tables.includes('search')) return null;
  options.progress(`${plan.name}: ${engine.title}: index on one thread`);
  return provideIndex(engine, plan, options, 'one');
}

async function withCopy<Result>(folder: string, use: (copy: string) => Promise<Result>): Promise<Result> {
  const copy = join(cacheFolder, `copy-${process.pid}`);
  mkdirSync(copy, { recursive: true });
  try {
    cpSync(folder, copy, { recursive: true });
    return await use(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
