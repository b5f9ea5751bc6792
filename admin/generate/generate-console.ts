import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDescriptors } from './build-descriptors.ts';
import { buildOperations } from './build-documents.ts';
import type { Operation } from './build-documents.ts';
import { loadConstraints, loadSchema } from './load-schema.ts';

const HEADER = '// Made from schema/ by admin/generate; changes here are lost.\n';

/** Writes the console's documents and descriptors from a schema folder. */
export function generateConsole(folders: { schema: string; output: string }): void {
  const schema = loadSchema(folders.schema);
  const operations = buildOperations(schema);
  const descriptors = buildDescriptors(schema, loadConstraints(folders.schema));
  mkdirSync(folders.output, { recursive: true });
  writeFileSync(join(folders.output, 'documents.ts'), HEADER + printOperations(operations));
  writeFileSync(join(folders.output, 'descriptors.ts'), HEADER + printDescriptors(descriptors));
}

function printOperations(operations: Operation[]): string {
  const root = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1);
  const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  const types = operations.map(({ kind, field }) => {
    const variables =
      field.args.length > 0 ? `schema.${root(kind)}${pascal(field.name)}Args` : 'Record<string, never>';
    return `  ${field.name}: { variables: ${variables}; result: schema.${root(kind)}['${field.name}'] };`;
  });
  const documents = operations.map(
    ({ field, document }) => `  ${field.name}:\n    ${JSON.stringify(document)},`,
  );
  const kinds = operations.map(({ field, kind }) => `  ${field.name}: '${kind}',`);
  return [
    "import type * as schema from '../../../schema/generated/types.ts';\n",
    `/** The variables and result of each operation. */\nexport interface Operations {\n${types.join('\n')}\n}\n`,
    `/** One document for each operation, with every field that a screen can show. */`,
    `export const documents: Record<keyof Operations, string> = {\n${documents.join('\n')}\n};\n`,
    `export const kinds: Record<keyof Operations, 'query' | 'mutation' | 'subscription'> = {\n${kinds.join('\n')}\n};\n`,
  ].join('\n');
}

function printDescriptors(descriptors: ReturnType<typeof buildDescriptors>): string {
  const types: Record<string, string> = {
    enums: 'EnumDescriptor[]',
    types: 'FieldDescriptor[]',
    inputs: 'InputDescriptor[]',
    arguments: 'InputDescriptor[]',
    resources: 'ResourceDescriptor',
  };
  const names: Record<string, string> = { arguments: 'operationArguments' };
  const constants = Object.entries(descriptors).map(([key, value]: [string, Record<string, unknown>]) => {
    const keys = Object.keys(value)
      .map((name) => `'${name}'`)
      .join(' | ');
    return `export const ${names[key] ?? key}: Record<${keys}, ${types[key] ?? 'unknown'}> = ${JSON.stringify(value, null, 1)};\n`;
  });
  return [
    "import type { EnumDescriptor, FieldDescriptor, InputDescriptor, ResourceDescriptor } from '../schema-model.ts';\n",
    ...constants,
  ].join('\n');
}
