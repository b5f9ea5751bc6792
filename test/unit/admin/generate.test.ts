import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildDescriptors } from '../../../admin/generate/build-descriptors.ts';
import { buildOperations } from '../../../admin/generate/build-documents.ts';
import { loadConstraints, loadSchema } from '../../../admin/generate/load-schema.ts';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../schema', import.meta.url));
const schema = loadSchema(folder);
const operations = buildOperations(schema);
const descriptors = buildDescriptors(schema, loadConstraints(folder));

const find = (name: string): string => operations.find(({ field }) => field.name === name)?.document ?? '';

describe('the documents', () => {
  test('are valid against the schema', () => {
    for (const { document } of operations) expect(validate(schema, parse(document))).toEqual([]);
  });

  test('leave out what only the backend may call', () => {
    expect(operations.map(({ field }) => field.name)).not.toContain('publishIngestionProgress');
    expect(operations.length).toBeGreaterThan(25);
  });

  test('never select the values of vectors, which would read whole segments', () => {
    expect(find('listVectors')).toContain('chunkIndex');
    expect(
      operations.filter(({ document }) => /\bvalues\b(?!:)/.test(document.replace(/\$\w+/g, ''))),
    ).toEqual([]);
  });

  test('select a field that the schema gains, without a hand-written line', () => {
    const grown = buildSchema(`
      directive @aws_cognito_user_pools on FIELD_DEFINITION
      type Thing { id: ID! colour: String part: Part } type Part { size: Int }
      type Query { getThing(id: ID!): Thing @aws_cognito_user_pools }
    `);

    const [operation] = buildOperations(grown);

    expect(operation?.document).toBe(
      'query getThing($id: ID!) { getThing(id: $id) { id colour part { size } } }',
    );
  });
});

describe('the descriptors', () => {
  test('find every operation of a resource', () => {
    expect(descriptors.resources['databases']).toEqual({
      ...{
        type: 'Database',
        parents: [],
        filters: ['nameContains'],
        list: 'listDatabases',
        get: 'getDatabase',
      },
      ...{ create: 'createDatabase', update: 'updateDatabase', delete: 'deleteDatabase' },
    });
    expect(descriptors.resources['api-keys']).toMatchObject({
      create: 'generateApiKey',
      delete: 'revokeApiKey',
      update: null,
    });
    expect(descriptors.resources['files']).toMatchObject({
      parents: ['databaseId'],
      filters: ['status'],
      create: null,
    });
  });

  test('carry the constraints and defaults of inputs', () => {
    const maxTokens = descriptors.inputs['ChunkingInput']?.find(({ name }) => name === 'maxTokens');
    const topK = descriptors.inputs['SearchInput']?.find(({ name }) => name === 'topK');

    expect(maxTokens).toMatchObject({
      type: 'Int',
      isRequired: false,
      constraint: { min: 16, max: 8192, default: 512 },
    });
    expect(topK?.constraint).toEqual({ min: 1, max: 1000, default: 10 });
  });

  test('tell lists, enums, objects and required inputs apart', () => {
    const scopes = descriptors.inputs['GenerateApiKeyInput']?.find(({ name }) => name === 'scopes');
    const progress = descriptors.types['File']?.find(({ name }) => name === 'progress');

    expect(scopes).toMatchObject({ type: 'KeyScope', kind: 'ENUM', isList: true, isRequired: true });
    expect(progress).toMatchObject({ type: 'IngestionProgress', kind: 'OBJECT', isList: false });
  });
});
