import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kind, parse, print, type DefinitionNode, type DocumentNode } from 'graphql';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Moves the fields of each `extend type X` into the definition of X, because AppSync takes no extensions. */
function mergeExtensions(definitions: DefinitionNode[]): DefinitionNode[] {
  const merged = definitions.filter((definition) => definition.kind !== Kind.OBJECT_TYPE_EXTENSION);
  for (const extension of definitions) {
    if (extension.kind !== Kind.OBJECT_TYPE_EXTENSION) continue;
    const name = extension.name.value;
    const at = merged.findIndex(
      (other) => other.kind === Kind.OBJECT_TYPE_DEFINITION && other.name.value === name,
    );
    const base = merged[at];
    if (base?.kind !== Kind.OBJECT_TYPE_DEFINITION) {
      throw new Error(`The schema extends ${name}, which no file defines; add the type to schema/.`);
    }
    merged[at] = { ...base, fields: [...(base.fields ?? []), ...(extension.fields ?? [])] };
  }
  return merged;
}

/** AppSync defines its own scalars and directives and refuses a schema that defines them again. */
function isOwnedByAppSync(definition: DefinitionNode): boolean {
  if (definition.kind === Kind.SCALAR_TYPE_DEFINITION) return definition.name.value.startsWith('AWS');
  return definition.kind === Kind.DIRECTIVE_DEFINITION && definition.name.value.startsWith('aws_');
}

/** Returns one SDL document for AppSync from the named sources. */
export function joinSchema(sources: { name: string; sdl: string }[]): string {
  const documents = sources.map(({ name, sdl }): DocumentNode => {
    try {
      return parse(sdl, { noLocation: true });
    } catch (error) {
      throw new Error(`schema/${name}: ${(error as Error).message}`, { cause: error });
    }
  });
  const definitions = documents.flatMap((document) => document.definitions);
  const kept = mergeExtensions(definitions.filter((definition) => !isOwnedByAppSync(definition)));
  return `${print({ kind: Kind.DOCUMENT, definitions: kept })}\n`;
}

/** Returns every SDL file of schema/, in the order of their names. */
export function readSchemaSources(folder = join(root, 'schema')): { name: string; sdl: string }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => ({ name, sdl: readFileSync(join(folder, name), 'utf8') }));
}

if (import.meta.main) {
  const target = join(root, 'build', 'schema.graphql');
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, joinSchema(readSchemaSources()));
}
