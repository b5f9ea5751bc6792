import type { MeasuredEngine } from './measured-engine.ts';
import { oursEngine } from './ours.ts';
import { usearchEngine } from './usearch.ts';

/** Every engine that a run can measure, ours first. */
export const engineList: readonly MeasuredEngine[] = [oursEngine, usearchEngine('f32'), usearchEngine('i8')];

/** Short names on the command line. */
const aliases: Record<string, string> = { usearch: 'usearch-f32' };

/** Returns an engine by its name, or fails naming those that exist. */
export function findEngine(name: string): MeasuredEngine {
  const wanted = aliases[name] ?? name;
  const engine = engineList.find((one) => one.name === wanted);
  if (engine !== undefined) return engine;
  throw new Error(`There is no engine "${name}"; known are ${engineList.map((one) => one.name).join(', ')}.`);
}
