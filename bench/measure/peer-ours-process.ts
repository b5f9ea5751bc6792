// Serves the API of peer-api.ts by the local runtime's AppSync: argv[2] is the DynamoDB endpoint.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAppSync } from '../../local/appsync/index.ts';
import type { AppSyncApiDefinition, AppSyncPorts } from '../../local/appsync/index.ts';
import { announceUrl, answerInvoke, API_KEY, SDL, TABLE } from './peer-api.ts';

const client = new DynamoDBClient({
  endpoint: process.argv[2] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const roleArn = 'arn:aws:iam::000000000000:role/bench';

const resolver = (typeName: string, fieldName: string, dataSourceName: string, request: string) => ({
  typeName,
  fieldName,
  kind: 'UNIT' as const,
  dataSourceName,
  functionIds: [],
  maxBatchSize: 0,
  code: `import { util } from '@aws-appsync/utils';
    export function request(ctx) { return ${request}; }
    export function response(ctx) { return ctx.result; }`,
});

const definition: AppSyncApiDefinition = {
  apiId: 'bench',
  region: 'us-east-1',
  accountId: '000000000000',
  arn: 'arn:aws:appsync:us-east-1:000000000000:apis/bench',
  schemaSdl: SDL,
  defaultAuth: { type: 'API_KEY', keys: [{ id: API_KEY, expiresMs: Date.UTC(2100, 0) }] },
  additionalAuth: [],
  dataSources: {
    none: { type: 'NONE' },
    table: { type: 'AMAZON_DYNAMODB', tableName: TABLE, region: 'us-east-1', roleArn },
    code: {
      type: 'AWS_LAMBDA',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
      roleArn,
    },
  },
  functions: {},
  resolvers: [
    resolver('Query', 'echo', 'none', '{ payload: ctx.args }'),
    resolver('Mutation', 'announce', 'none', '{ payload: ctx.args }'),
    resolver(
      'Query',
      'getNote',
      'table',
      "{ operation: 'GetItem', key: util.dynamodb.toMapValues({ id: ctx.args.id }) }",
    ),
    resolver('Query', 'invoke', 'code', "{ operation: 'Invoke', payload: ctx.args }"),
  ],
  environmentVariables: {},
  introspection: true,
  queryDepthLimit: 0,
  resolverCountLimit: 0,
};

const refuse = (): Promise<never> => Promise.reject(new Error('the API takes an API key alone'));
const ports: AppSyncPorts = {
  invokeLambda: (_, payload) => Promise.resolve({ payload: answerInvoke(payload as { id: string }) }),
  dynamodb: () => async (operation, input) => {
    if (operation !== 'GetItem') throw new Error(`the API calls GetItem alone, not ${operation}`);
    const { Item } = await client.send(new GetItemCommand(input as never));
    return { Item };
  },
  verifyJwt: refuse,
  issuerOf: () => 'http://issuer.test',
  verifySigV4: refuse,
  isAllowed: () => false,
  log: () => undefined,
  clock: { nowMs: Date.now },
};

const appSync = createAppSync(definition, ports);
const server = createServer((request, response) => void appSync.handleHttp(request, response));
server.on('upgrade', (request, socket, head) => {
  appSync.handleUpgrade(request, socket, head);
});
server.listen(0, '127.0.0.1', () => {
  announceUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
});
