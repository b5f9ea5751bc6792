// Serves the twin by @aws-amplify/amplify-appsync-simulator; its table is dynalite in memory, over HTTP in the same process.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NOTE, PEER, TWIN_SCHEMA, type TwinAddress } from './twin.ts';

/** The part of the simulator that is used here. */
interface SimulatorPackage {
  AmplifyAppSyncSimulator: new (server: { port: number }) => {
    init: (config: object) => void;
    start: () => Promise<void>;
    localhostUrl: string;
  };
}

type Dynalite = (options: { createTableMs: number }) => Server;

const API_KEY = 'da2-fakeApiId123456';
const TABLE = 'notes';
const MEMBERS = `"title": "${NOTE.title}", "size": ${NOTE.size}`;
const ANSWER = '$util.toJson($ctx.result)';
const KEY = '"key": { "id": $util.dynamodb.toDynamoDBJson($ctx.args.id) }';

async function startTable(): Promise<object> {
  const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite;
  const server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  };
  const command = new CreateTableCommand({
    TableName: TABLE,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await new DynamoDBClient(config).send(command);
  return { ...config, tableName: TABLE };
}

function resolver(field: string, dataSourceName: string, request: string): object {
  const [typeName, fieldName] = field.split('.');
  const templates = { requestMappingTemplate: request, responseMappingTemplate: ANSWER };
  return { kind: 'UNIT', typeName, fieldName, dataSourceName, ...templates };
}

const tell = `{ "version": "2018-05-29", "payload": { "id": "$ctx.args.id", ${MEMBERS} } }`;
const resolvers = [
  resolver('Query.echoNote', 'nowhere', tell),
  resolver('Mutation.tellNote', 'nowhere', tell),
  resolver('Query.readNote', 'table', `{ "version": "2018-05-29", "operation": "GetItem", ${KEY} }`),
  resolver(
    'Mutation.putNote',
    'table',
    `{ "version": "2018-05-29", "operation": "PutItem", ${KEY}, "attributeValues": {
      "title": { "S": "$ctx.args.title" }, "size": { "N": "${NOTE.size}" } } }`,
  ),
  resolver(
    'Query.computeNote',
    'function',
    '{ "version": "2018-05-29", "operation": "Invoke", "payload": { "id": "$ctx.args.id" } }',
  ),
];

const [folder = ''] = process.argv.slice(2);
const { AmplifyAppSyncSimulator } = createRequire(join(folder, 'package.json'))(PEER) as SimulatorPackage;
const simulator = new AmplifyAppSyncSimulator({ port: 0 });
simulator.init({
  schema: { content: TWIN_SCHEMA },
  resolvers,
  functions: [],
  mappingTemplates: [],
  tables: [],
  dataSources: [
    { name: 'nowhere', type: 'NONE' },
    { name: 'table', type: 'AMAZON_DYNAMODB', config: await startTable() },
    {
      name: 'function',
      type: 'AWS_LAMBDA',
      invoke: ({ id }: { id: string }) => Promise.resolve({ id, ...NOTE }),
    },
  ],
  appSync: {
    name: 'twin',
    defaultAuthenticationType: { authenticationType: 'API_KEY' },
    additionalAuthenticationProviders: [],
    apiKey: API_KEY,
  },
});
await simulator.start();
const url = simulator.localhostUrl;
const address: TwinAddress = {
  graphqlUrl: `${url}/graphql`,
  realtimeUrl: `${url.replace('http', 'ws')}/graphql/realtime`,
  apiKey: API_KEY,
};
process.on('disconnect', () => process.exit());
process.send?.(address);
