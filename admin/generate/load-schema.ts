import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';

export type Constraints = Record<string, Record<string, Record<string, unknown>>>;

/** Reads every SDL file of a folder as one schema. */
export function loadSchema(folder: string): GraphQLSchema {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  return buildSchema(files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n'));
}

/** Reads the constraints that stand beside the SDL files. */
export function loadConstraints(folder: string): Constraints {
  return JSON.parse(readFileSync(join(folder, 'constraints.json'), 'utf8')) as Constraints;
}
