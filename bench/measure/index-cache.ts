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
  threads: 'default' | 'one' = 'default',
): Promise<Outcome<BuiltIndex>> {
  const version = await versionOf(engine);
  if ('reason' in version) return version;
  const made = `${engine.settings}\n${engine.name === 'ours' ? options.engineHash : version.result}`;
  const folder = `${indexFolder(engine, plan, made)}${threads === 'one' ? '-one-thread' : ''}`;
  const record = join(folder, 'build.json');
  if (!options.rebuild && existsSync(record)) {
    const known = JSON.parse(readFileSync(record, 'utf8')) as Omit<BuiltIndex, 'isFresh'>;
    return { result: { ...known, isFresh: false } };
  }
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    const task = {
      kind: 'build',
      engine: engine.name,
      dataset: plan.name,
      folder: partial,
      threads,
    } as const;
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

/** Returns the version of an engine, or why there is none: it is not installed. */
export async function versionOf(engine: MeasuredEngine): Promise<Outcome<string>> {
  try {
    return { result: await engine.version() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `not installed: ${message.split('\n')[0] ?? ''}` };
  }
}

function indexFolder(engine: MeasuredEngine, plan: DatasetPlan, made: string): string {
  const hash = createHash('sha256').update(made).digest('hex').slice(0, 10);
  return join(cacheFolder, 'indexes', basename(datasetFolder(plan)), `${engine.name}-${hash}`);
}
