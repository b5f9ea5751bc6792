// Measures this engine beside its peers: node bench/run.ts, or npm run bench. README.md lists the options.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { prepareDataset } from './datasets/dataset.ts';
import { datasetPlan, type DatasetPlan } from './datasets/dataset-plan.ts';
import { findEngine } from './engines/engine-list.ts';
import { bundle, engineHash } from './measure/bundle.ts';
import { provideIndex, type BuildOptions } from './measure/index-cache.ts';
import { runChild } from './measure/run-child.ts';
import { readOptions } from './options.ts';
import { formatSearchTables, type EngineReport } from './report/search-table.ts';

const options = readOptions(process.argv.slice(2));
const engineProcess = await bundle('measure/engine-process.ts', 'engine-process');
try {
  const build = { bundle: engineProcess, engineHash: await engineHash(), rebuild: options.rebuild };
  for (const name of options.datasets) {
    const plan = datasetPlan(name);
    progress(`${name}: vectors and true neighbours`);
    await prepareDataset(plan);
    const reports: EngineReport[] = [];
    for (const engine of options.engines) reports.push(await measureEngine(engine, plan, build));
    console.log(`\n${formatSearchTables(plan, reports)}\n`);
  }
} finally {
  rmSync(dirname(engineProcess), { recursive: true, force: true });
}

async function measureEngine(name: string, plan: DatasetPlan, build: BuildOptions): Promise<EngineReport> {
  const engine = findEngine(name);
  progress(`${plan.name}: ${engine.title}: index`);
  const built = await provideIndex(engine, plan, build);
  if ('reason' in built) return { name, title: engine.title, built, searched: built };
  progress(`${plan.name}: ${engine.title}: searches`);
  const { folder } = built.result;
  const searched = await runChild(build.bundle, { kind: 'search', engine: name, dataset: plan.name, folder });
  return { name, title: engine.title, built, searched };
}

function progress(step: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${step}`);
}
