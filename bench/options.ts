import { parseArgs } from 'node:util';
import { whyUnavailable } from './datasets/dataset.ts';
import { datasetPlan } from './datasets/dataset-plan.ts';
import { engineList, findEngine } from './engines/engine-list.ts';
import { tableNames, type TableName } from './measure/measure-engine.ts';

/** What a run measures. */
export interface BenchOptions {
  datasets: string[];
  engines: string[];
  tables: TableName[];
  /** Whether the command line names the engines. */
  areEnginesNamed: boolean;
  quick: boolean;
  rebuild: boolean;
  write: boolean;
  /** The command line, for the report. */
  command: string;
}

/** Reads the command line; an unknown name fails naming what is known. */
export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      dataset: { type: 'string' },
      engines: { type: 'string' },
      tables: { type: 'string' },
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      rebuild: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const datasets = splitNames(values.dataset) ?? defaultDatasets(values);
  for (const name of datasets) {
    const reason = whyUnavailable(datasetPlan(name));
    if (reason !== null) throw new Error(reason);
  }
  const engines = splitNames(values.engines) ?? engineList.map((engine) => engine.name);
  const { quick, rebuild, write } = values;
  return {
    datasets,
    engines: engines.map((name) => findEngine(name).name),
    tables: splitNames(values.tables)?.map(checkTable) ?? [...tableNames],
    areEnginesNamed: values.engines !== undefined,
    quick,
    rebuild,
    write,
    command: ['npm run bench --', ...args].join(' '),
  };
}

function checkTable(name: string): TableName {
  const table = tableNames.find((one) => one === name);
  if (table !== undefined) return table;
  throw new Error(`There is no table "${name}"; known are ${tableNames.join(', ')}.`);
}

function defaultDatasets({ quick, large }: { quick: boolean; large: boolean }): string[] {
  if (quick) return ['text20k'];
  const available = ['mnist784', 'text150k'].filter((name) => whyUnavailable(datasetPlan(name)) === null);
  return large ? [...available, 'text1m'] : available;
}

function splitNames(list: string | undefined): string[] | undefined {
  return list?.split(',').map((name) => name.trim());
}
