// Runs one task of one engine in a process of its own, so that memory and crashes stay apart.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { datasetPlan } from '../datasets/dataset-plan.ts';
import { readBase } from '../datasets/dataset.ts';
import { findEngine } from '../engines/engine-list.ts';
import type { EngineTask, TaskResults } from './engine-task.ts';
import { sweep, warmUp } from './sweep.ts';

process.once('message', (task: EngineTask) => {
  run(task).then(
    (result) => process.send!({ result }, () => process.exit(0)),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      console.error(error);
      process.send!({ reason }, () => process.exit(1));
    },
  );
});

async function run(task: EngineTask): Promise<TaskResults[keyof TaskResults]> {
  switch (task.kind) {
    case 'build':
      return build(task);
    case 'search':
      return search(task);
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
  collectGarbage();
  const before = process.memoryUsage().rss;
  const index = await engine.open(plan, task.folder);
  await warmUp(plan, index);
  collectGarbage();
  const processBytes = process.memoryUsage().rss - before;
  const ownBytes = index.residentBytes?.() ?? null;
  return { ...(await sweep(plan, index)), processBytes, ownBytes };
}

function collectGarbage(): void {
  globalThis.gc?.();
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(folder, path)))
    .reduce((total, entry) => total + (entry.isFile() ? entry.size : 0), 0);
}
