import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { ApiClient } from './connection/api-client.ts';
import { messageOf, usageFailure } from './failure.ts';
import type { Output } from './terminal/output.ts';

export type Options = NonNullable<ParseArgsConfig['options']>;
export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** What a command works with. */
export interface CommandContext {
  values: Values;
  positionals: string[];
  output: Output;
  client: ApiClient;
  /** Aborts when the user interrupts the command. */
  signal: AbortSignal;
}

export interface Command {
  summary: string;
  /** The whole help, without what all commands share. */
  help: string;
  options: Options;
  /** Does the work and returns the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** What every command understands. */
export const sharedOptions = {
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies Options;

/** Reads the arguments of a command; an unknown one is an error that names it. */
export function parseCommandLine(
  name: string,
  options: Options,
  args: string[],
): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args, options: { ...sharedOptions, ...options }, allowPositionals: true });
  } catch (error) {
    const [message = ''] = messageOf(error).split(/\. (?=To specify|Did you)/);
    throw usageFailure(`${message.replace(/\.$/, '')}.`, `See "vdb ${name} --help".`);
  }
}

/** Returns an option's text, or undefined when it was left out. */
export function readText(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the texts of an option that may be given several times, or as a list with commas. */
export function readTexts(values: Values, name: string): string[] {
  const value = values[name];
  const texts = Array.isArray(value) ? value : [];
  return texts
    .flatMap((text) => String(text).split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** Returns a whole number within bounds. */
export function readNumber(
  values: Values,
  name: string,
  { minimum, maximum }: { minimum: number; maximum: number },
): number | undefined {
  const text = readText(values, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number >= minimum && number <= maximum) return number;
  throw usageFailure(`--${name} is "${text}"; expected a whole number from ${minimum} to ${maximum}.`);
}

/** Returns a text that must be one of a few, in whatever case it was written. */
export function readChoice<Choice extends string>(
  values: Values,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = readText(values, name);
  if (text === undefined) return undefined;
  const choice = choices.find((known) => known === text.toUpperCase());
  if (choice !== undefined) return choice;
  throw usageFailure(`--${name} is "${text}"; expected ${choices.join(', ')}.`);
}

/** Returns an option that is the JSON of an object. */
export function readJsonObject(values: Values, name: string): Record<string, unknown> | undefined {
  const text = readText(values, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageFailure(`--${name} is not JSON: ${messageOf(error)}.`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw usageFailure(`--${name} is ${JSON.stringify(value)}; expected a JSON object.`);
}

/** Fails when a flag that guards against accidents is missing. */
export function requireYes(values: Values, what: string): void {
  if (values['yes'] !== true) throw usageFailure(`${what} Give --yes when you mean it.`);
}
