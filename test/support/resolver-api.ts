import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineFunctions, resolverTable } from '../../infra/resolver-table.ts';
import {
  createAppSync,
  type AppSyncApiDefinition,
  type AppSyncPorts,
  type DataSource,
  type DynamoDbCall,
} from '../../local/appsync/index.ts';
import { openDatabase } from '../../local/dynamodb/index.ts';
import { bundleResolvers, listResolvers } from '../../scripts/bundle-resolvers.ts';
import { joinSchema, readSchemaSources } from '../../scripts/join-schema.ts';

const ISSUER = 'https://issuer.test';
const AUTHORIZER = 'arn:authorizer';
const tables = { DATABASES_TABLE: 'Databases', VECTOR_DATA_TABLE: 'VectorData', API_KEYS_TABLE: 'ApiKeys' };

type Payload = Record<string, unknown>;
/** Stands for a Lambda function: what it was sent is recorded by the test itself. */
export type FunctionStub = (payload: Payload | Payload[]) => unknown;

/** The bundled resolvers behind the local GraphQL service, with real tables and functions that the test gives. */
export interface ResolverApi {
  graphqlUrl: string;
  /** By data source, e.g. `search`. */
  functions: Map<string, FunctionStub>;
  /** Set to make the next calls of an operation fail with this name. */
  failures: Map<string, string>;
  put(table: 'Databases' | 'VectorData' | 'ApiKeys', item: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** Returns a value as DynamoDB's protocol spells it; a Set is a set of strings. */
function toAttribute(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value instanceof Set) return { SS: [...(value as Set<string>)] };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  return { M: toItem(value) };
}

const toItem = (item: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

/** Returns the Authorization header of a console user. */
export function userToken(...groups: string[]): string {
  const claims = { iss: ISSUER, sub: 'user-1', 'cognito:groups': groups, client_id: 'console' };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

/** Returns the Authorization header of an API key with these scopes. */
export function keyToken(scopes: string, databaseIds = ''): string {
  return `vdb_${Buffer.from(JSON.stringify({ keyId: 'key-1', scopes, databaseIds })).toString('base64url')}`;
}

async function defineApi(): Promise<AppSyncApiDefinition> {
  const bundles = new Map((await bundleResolvers(listResolvers())).map(({ name, code }) => [name, code]));
  const used = [
    ...Object.values(pipelineFunctions),
    ...Object.values(resolverTable).flatMap((entry) => ('dataSource' in entry ? [entry.dataSource] : [])),
  ];
  const toSource = (name: string): DataSource => {
    const tableName = { databasesTable: 'Databases', vectorDataTable: 'VectorData', apiKeysTable: 'ApiKeys' }[
      name
    ];
    if (name === 'none') return { type: 'NONE' };
    if (tableName !== undefined)
      return { type: 'AMAZON_DYNAMODB', tableName, region: 'eu-central-1', roleArn: name };
    return { type: 'AWS_LAMBDA', functionArn: name, roleArn: name };
  };
  return {
    ...{ apiId: 'api', region: 'eu-central-1', accountId: '123456789012', arn: 'arn:api' },
    schemaSdl: joinSchema(readSchemaSources()),
    defaultAuth: {
      type: 'AMAZON_COGNITO_USER_POOLS',
      userPoolId: 'pool',
      region: 'eu-central-1',
      appIdClientRegex: null,
      defaultAction: 'ALLOW',
    },
    additionalAuth: [
      {
        type: 'AWS_LAMBDA',
        authorizerArn: AUTHORIZER,
        ttlSeconds: 0,
        identityValidationExpression: '^vdb_.*',
      },
      { type: 'AWS_IAM' },
    ],
    dataSources: Object.fromEntries(used.map((name) => [name, toSource(name)])),
    functions: Object.fromEntries(
      Object.entries(pipelineFunctions).map(([name, dataSourceName]) => [
        name,
        {
          functionId: name,
          name,
          dataSourceName,
          code: bundles.get(`pipeline.${name}`) ?? null,
          maxBatchSize: 0,
        },
      ]),
    ),
    resolvers: Object.entries(resolverTable).map(([field, entry]) => ({
      typeName: field.split('.')[0] ?? '',
      fieldName: field.split('.')[1] ?? '',
      kind: 'pipeline' in entry ? 'PIPELINE' : 'UNIT',
      dataSourceName: 'pipeline' in entry ? null : entry.dataSource,
      functionIds: 'pipeline' in entry ? entry.pipeline : [],
      code: bundles.get(field) ?? null,
      maxBatchSize: 'pipeline' in entry ? 0 : (entry.maxBatchSize ?? 0),
    })),
    environmentVariables: { ...tables, VERSION: '9.8.7', REGION: 'eu-central-1', STACK_UUID: 'local' },
    introspection: true,
    queryDepthLimit: 15,
    resolverCountLimit: 10_000,
  };
}

function createPorts(call: DynamoDbCall, functions: ResolverApi['functions']): AppSyncPorts {
  return {
    async invokeLambda(functionArn, payload) {
      if (functionArn === AUTHORIZER) {
        const token = (payload as { authorizationToken: string }).authorizationToken.slice('vdb_'.length);
        const resolverContext = JSON.parse(Buffer.from(token, 'base64url').toString()) as Record<
          string,
          string
        >;
        return { payload: { isAuthorized: true, resolverContext, deniedFields: [] } };
      }
      const stub = functions.get(functionArn);
      if (!stub) throw new Error(`the test gives no function ${functionArn}`);
      return { payload: await stub(payload as Payload) };
    },
    dynamodb: () => call,
    verifyJwt: (_mode, token) =>
      Promise.resolve(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Payload),
    issuerOf: () => ISSUER,
    verifySigV4: () =>
      Promise.resolve({
        accessKeyId: 'ASIA',
        accountId: '123456789012',
        userId: 'AROA:part',
        userArn: 'arn:aws:sts::123456789012:assumed-role/part/part',
        roleArn: 'arn:role',
      }),
    isAllowed: () => true,
    log: () => undefined,
    clock: { nowMs: () => Date.now() },
  };
}

/** Starts the API with empty tables; IAM is not enforced here. */
export async function startResolverApi(): Promise<ResolverApi> {
  const folder = await mkdtemp(join(tmpdir(), 'resolver-api-'));
  const database = await openDatabase(folder);
  for (const [name, keys] of Object.entries({
    Databases: ['pk', 'sk'],
    VectorData: ['pk', 'sk'],
    ApiKeys: ['pk'],
  })) {
    await database.call('CreateTable', {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
    });
    await database.activateTable(name);
  }
  const functions: ResolverApi['functions'] = new Map();
  const failures: ResolverApi['failures'] = new Map();
  const call: DynamoDbCall = (operation, input) => {
    const failure = failures.get(operation);
    return failure
      ? Promise.reject(Object.assign(new Error('injected'), { name: failure }))
      : database.call(operation, input);
  };
  const appSync = createAppSync(await defineApi(), createPorts(call, functions));
  const server = createServer((request, response) => void appSync.handleHttp(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    graphqlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    functions,
    failures,
    async put(TableName, item) {
      await database.call('PutItem', { TableName, Item: toItem(item) });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await appSync.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
