// Measures this engine beside its peers: npm run bench, or node bench/run.ts. README.md lists the options.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { benchFolder, cacheFolder } from './datasets/cache-folder.ts';
import { prepareDataset } from './datasets/dataset.ts';
import { datasetPlan } from './datasets/dataset-plan.ts';
import { bundle, engineHash } from './measure/bundle.ts';
import type { Outcome } from './measure/engine-task.ts';
import { measureStart } from './measure/first-result.ts';
import { measureEngine, type MeasureOptions } from './measure/measure-engine.ts';
import { runChild } from './measure/run-child.ts';
import { readOptions } from './options.ts';
import { formatRun } from './report/format-run.ts';
import { describeMachine } from './report/machine.ts';
import type { DatasetReport, RunReport } from './report/run-report.ts';
import { writeSection } from './report/write-section.ts';

const options = readOptions(process.argv.slice(2));
const { tables } = options;
const engineProcess = await bundle('measure/engine-process.ts', 'engine-process');
try {
  const measure: MeasureOptions = {
    bundle: engineProcess,
    firstResultBundle: await bundle('measure/first-result-process.ts', 'first-result-process'),
    engineHash: await engineHash(),
    rebuild: options.rebuild,
    tables,
    quick: options.quick,
    areEnginesNamed: options.areEnginesNamed,
    progress,
  };
  const datasets: DatasetReport[] = [];
  for (const name of options.datasets) datasets.push(await measureDataset(name, measure));
  const run: RunReport = {
    datasets,
    bareStart: tables.includes('start') ? await measureBareStart() : null,
    keyword: tables.includes('keyword') ? await measureKeyword() : [],
    kernels: tables.includes('kernels') ? measureKernels() : null,
  };
  const markdown = `${describeMachine(datasets[0]?.engines ?? [], options.command)}\n\n${formatRun(run)}`;
  console.log(`\n${markdown}\n`);
  if (options.write) writeSection(markdown);
} finally {
  rmSync(dirname(engineProcess), { recursive: true, force: true });
}

async function measureDataset(name: string, measure: MeasureOptions): Promise<DatasetReport> {
  const plan = datasetPlan(name);
  progress(`${name}: vectors and true neighbours`);
  await prepareDataset(plan);
  const engines: DatasetReport['engines'] = [];
  for (const engine of options.engines) engines.push(await measureEngine(engine, plan, measure));
  return { plan, engines };
}

async function measureBareStart(): Promise<Outcome<number>> {
  return measureStart(await bundle('measure/bare-process.ts', 'bare-process'), [], options.quick ? 5 : 15);
}

async function measureKeyword(): Promise<RunReport['keyword']> {
  const folder = join(cacheFolder, `keyword-${process.pid}`);
  const measured: RunReport['keyword'] = [];
  for (const [engine, title] of [
    ['ours', 'this engine'],
    ['fts5', 'SQLite FTS5'],
  ] as const) {
    progress(`keyword search: ${title}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const task = { kind: 'keyword', engine, dataset: 'text20k', folder, quick: options.quick } as const;
    const outcome = await runChild(engineProcess, task);
    measured.push({ title, outcome });
  }
  rmSync(folder, { recursive: true, force: true });
  return measured;
}

/** Runs bench/kernels.ts where it is there: it prints its own table. */
function measureKernels(): Outcome<string> | null {
  const script = join(benchFolder, 'kernels.ts');
  if (!existsSync(script)) return null;
  progress('kernels');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', script], {
    encoding: 'utf8',
  });
  return status === 0
    ? { result: stdout }
    : { reason: `bench/kernels.ts failed: ${stderr.trim().slice(-300)}` };
}

function progress(step: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${step}\n`);
}
