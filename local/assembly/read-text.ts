import { InvalidAssembly } from './read-assembly.ts';

/** Returns a value that must be text, or the fallback when it is absent. */
export function readText(value: unknown, fallback: string, place: string): string {
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new InvalidAssembly(`${place} is ${JSON.stringify(value)}; expected text`);
}
