import { invalidParameter } from './sqs-error.ts';

/** Reads a whole number of a request; undefined when it is not there. */
export function readInteger(
  input: Record<string, unknown>,
  name: string,
  { from, to }: { from: number; to: number },
): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || (value as number) < from || (value as number) > to) {
    throw invalidParameter(
      `Value ${JSON.stringify(value)} for parameter ${name} is invalid. Reason: Must be between ${from} and ${to}.`,
    );
  }
  return value as number;
}
