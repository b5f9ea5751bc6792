// Runs one task of one engine in a process of its own, so that memory and crashes stay apart.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { datasetPlan } from '../datasets/dataset-plan.ts';
import { readBase } from '../datasets/dataset.ts';
import { findEngine } from '../engines/engine-list.ts';
import type { OpenIndex } from '../engines/measured-engine.ts';
import { measureColdReads } from './cold-reads.ts';
import type { EngineTask, TaskResults } from './engine-task.ts';
import { measureFiltered } from './filtered.ts';
import { measureKeyword } from './keyword.ts';
import { measureMixed } from './mixed.ts';
import { sweep, warmUp } from './sweep.ts';

process.once('message', (task: EngineTask) => {
  run(task).then(
    (result) => process.send!({ result }, () => process.exit(0)),
    (error: unknown) => {
      // Peers append where in their own sources it happened; that says nothing here.
      const reason = (error instanceof Error ? error.message : String(error)).replace(/,? \/\S.*$/s, '');
      process.stderr.write(`${inspect(error)}\n`);
      process.send!({ reason: reason.split('\n')[0] }, () => process.exit(1));
    },
  );
});

async function run(task: EngineTask): Promise<TaskResults[keyof TaskResults]> {
  const plan = datasetPlan(task.dataset);
  switch (task.kind) {
    case 'build':
      return build(task);
    case 'search':
      return search(task);
    case 'filtered':
      return measureFiltered(plan, await openTuned(task));
    case 'mixed':
      return measureMixed(plan, await openTuned(task), task.quick ? 2000 : 10_000);
    case 'coldReads':
      return measureColdReads(plan, task.folder, task.parameter ?? 0);
    case 'keyword':
      return measureKeyword(task.engine, task.folder, task.quick ? 20_000 : 100_000);
  }
}

async function build(task: EngineTask): Promise<TaskResults['build']> {
  const engine = findEngine(task.engine);
  const plan = datasetPlan(task.dataset);
  const base = await readBase(plan);
  const threads = task.threads ?? 'default';
  const built = await engine.build({ plan, base, folder: task.folder, threads });
  return { ...built, storedBytes: folderBytes(task.folder) };
}

async function search(task: EngineTask): Promise<TaskResults['search']> {
  const engine = findEngine(task.engine);
  const plan = datasetPlan(task.dataset);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const index = await engine.open(plan, task.folder);
  await warmUp(plan, index);
  globalThis.gc?.();
  const processBytes = process.memoryUsage().rss - before;
  const ownBytes = index.residentBytes?.() ?? null;
  return { ...(await sweep(plan, index)), processBytes, ownBytes };
}

async function openTuned(task: EngineTask): Promise<OpenIndex> {
  const index = await findEngine(task.engine).open(datasetPlan(task.dataset), task.folder);
  await index.use(task.parameter ?? 0);
  return index;
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(folder, path)))
    .reduce((total, entry) => total + (entry.isFile() ? entry.size : 0), 0);
}
