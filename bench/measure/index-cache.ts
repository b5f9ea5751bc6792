import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from '../datasets/cache-folder.ts';
import { datasetFolder } from '../datasets/dataset.ts';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import type { MeasuredEngine } from '../engines/measured-engine.ts';
import type { BuildResult, Outcome } from './engine-task.ts';
import { runChild } from './run-child.ts';

/** An index in the cache with what its build measured. */
export interface BuiltIndex extends BuildResult {
  folder: string;
  builtAt: string;
  /** Whether this run built it. */
  isFresh: boolean;
}

export interface BuildOptions {
  bundle: string;
  engineHash: string;
  rebuild: boolean;
}

/** Returns the index of an engine over a set: from the cache, or built in a child process. */
export async function provideIndex(
  engine: MeasuredEngine,
  plan: DatasetPlan,
  options: BuildOptions,
): Promise<Outcome<BuiltIndex>> {
  const folder = await indexFolder(engine, plan, options.engineHash);
  const record = join(folder, 'build.json');
  if (!options.rebuild && existsSync(record)) {
    const known = JSON.parse(readFileSync(record, 'utf8')) as Omit<BuiltIndex, 'isFresh'>;
    return { result: { ...known, isFresh: false } };
  }
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const task = { kind: 'build', engine: engine.name, dataset: plan.name, folder: partial } as const;
    const outcome = await runChild(options.bundle, task);
    if ('reason' in outcome) return outcome;
    const known = { ...outcome.result, folder, builtAt: new Date().toISOString() };
    writeFileSync(join(partial, 'build.json'), JSON.stringify(known));
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    return { result: { ...known, isFresh: true } };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function indexFolder(engine: MeasuredEngine, plan: DatasetPlan, engineHash: string): Promise<string> {
  const code = engine.name === 'ours' ? engineHash : await engine.version();
  const made = createHash('sha256').update(`${engine.settings}\n${code}`).digest('hex').slice(0, 10);
  return join(cacheFolder, 'indexes', basename(datasetFolder(plan)), `${engine.name}-${made}`);
}
