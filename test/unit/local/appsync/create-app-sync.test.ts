import { describe, expect, it } from 'vitest';
import { createAppSync } from '../../../../local/appsync/index.ts';
import type {
  AppSyncApiDefinition,
  AppSyncPorts,
  ResolverDefinition,
} from '../../../../local/appsync/index.ts';

const CODE = 'export function request() { return {}; } export function response(ctx) { return ctx.result; }';
const RESOLVER: ResolverDefinition = {
  typeName: 'Query',
  fieldName: 'a',
  kind: 'UNIT',
  dataSourceName: 'none',
  functionIds: [],
  code: CODE,
  maxBatchSize: 0,
};

function create(overrides: Partial<AppSyncApiDefinition>): void {
  createAppSync(
    {
      apiId: 'x',
      region: 'r',
      accountId: '1',
      arn: 'arn:aws:appsync:r:1:apis/x',
      schemaSdl: 'type Query { a: Int b: Int }',
      defaultAuth: { type: 'AWS_IAM' },
      additionalAuth: [],
      dataSources: { none: { type: 'NONE' } },
      functions: {},
      resolvers: [RESOLVER],
      environmentVariables: {},
      introspection: true,
      queryDepthLimit: 0,
      resolverCountLimit: 0,
      ...overrides,
    },
    {} as AppSyncPorts,
  );
}

describe('an API that the service would refuse', () => {
  const pipeline = { ...RESOLVER, kind: 'PIPELINE', dataSourceName: null } as const;

  it.each<[string, Partial<AppSyncApiDefinition>, string]>([
    [
      'a field that does not exist',
      { resolvers: [{ ...RESOLVER, fieldName: 'z' }] },
      'Query.z: the schema has no such field',
    ],
    ['two resolvers of a field', { resolvers: [RESOLVER, RESOLVER] }, 'Query.a: the field has two resolvers'],
    [
      'an unknown data source',
      { resolvers: [{ ...RESOLVER, dataSourceName: 'x' }] },
      "the data source 'x' does not exist",
    ],
    [
      'no code',
      { resolvers: [{ ...RESOLVER, code: null }] },
      'only a resolver on a Lambda data source may go without code',
    ],
    [
      'an unknown function',
      { resolvers: [{ ...pipeline, functionIds: ['f'] }] },
      "the function 'f' does not exist",
    ],
    [
      'eleven functions',
      { resolvers: [{ ...pipeline, functionIds: Array.from({ length: 11 }, () => 'f') }] },
      'has 11 functions',
    ],
    [
      'a batch size without Lambda',
      { resolvers: [{ ...RESOLVER, maxBatchSize: 5 }] },
      'maxBatchSize is for Lambda',
    ],
    [
      'refused code',
      { resolvers: [{ ...RESOLVER, code: `${CODE}\nnew Map();` }] },
      'Query.a.js:2:1 `new` is not supported',
    ],
  ])('%s', (_, overrides, message) => {
    expect(() => {
      create(overrides);
    }).toThrow(message);
  });

  it('hears every fault at once', () => {
    const resolvers = [
      { ...RESOLVER, dataSourceName: 'x' },
      { ...RESOLVER, fieldName: 'z' },
    ];

    expect(() => {
      create({ resolvers });
    }).toThrow(/Query\.a: the data source.*\n.*Query\.z: the schema/);
  });

  it('starts otherwise', () => {
    expect(() => {
      create({});
    }).not.toThrow();
  });
});
