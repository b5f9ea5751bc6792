import { readFileSync, readdirSync } from 'node:fs';
import { buildSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';

const FOLDER = new URL('../../../schema/', import.meta.url);

/** Reads the SDL files of `schema/`, the declarations of AppSync's own scalars and directives included. */
export function readSchema(): GraphQLSchema {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.graphql'));
  return buildSchema(files.map((file) => readFileSync(new URL(file, FOLDER), 'utf8')).join('\n'));
}
