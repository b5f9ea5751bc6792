import { hnswlibEngine } from './hnswlib.ts';
import { lancedbHnswEngine, lancedbRqEngine } from './lancedb.ts';
import type { MeasuredEngine } from './measured-engine.ts';
import { oursEngine } from './ours.ts';
import { sqliteVecEngine } from './sqlite-vec.ts';
import { usearchEngine } from './usearch.ts';

/** Every engine that a run can measure, ours first. */
export const engineList: readonly MeasuredEngine[] = [
  oursEngine,
  usearchEngine('f32'),
  usearchEngine('i8'),
  hnswlibEngine,
  lancedbRqEngine,
  lancedbHnswEngine,
  sqliteVecEngine,
];

/** Other ways to open an index that an engine of the list has built, for the time to a first result. */
export const otherOpenings: Record<string, MeasuredEngine> = { 'usearch-f32': usearchEngine('f32', 'view') };

/** Short names on the command line. */
const aliases: Record<string, string> = { usearch: 'usearch-f32', lancedb: 'lancedb-rq' };

/** Returns an engine by its name, or fails naming those that exist. */
export function findEngine(name: string): MeasuredEngine {
  const wanted = aliases[name] ?? name;
  const engine = [...engineList, ...Object.values(otherOpenings)].find((one) => one.name === wanted);
  if (engine !== undefined) return engine;
  throw new Error(`There is no engine "${name}"; known are ${engineList.map((one) => one.name).join(', ')}.`);
}
