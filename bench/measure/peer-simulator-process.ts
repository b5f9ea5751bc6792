// Serves the API of peer-api.ts by the simulator: argv[2] is the DynamoDB endpoint, argv[3] the folder where the simulator is installed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { announceUrl, answerInvoke, API_KEY, SDL, TABLE } from './peer-api.ts';

interface Simulator {
  init(config: object): void;
  start(): Promise<void>;
  localhostUrl: string;
}

const [, , endpoint, folder = '.'] = process.argv;
const require = createRequire(join(folder, 'index.js'));
// Installed apart from the project.
const PACKAGE: string = '@aws-amplify/amplify-appsync-simulator';
const { AmplifyAppSyncSimulator } = require(PACKAGE) as {
  AmplifyAppSyncSimulator: new (options: object) => Simulator;
};

const RESPONSE = '$util.toJson($context.result)';
const resolver = (typeName: string, fieldName: string, dataSourceName: string, request: string): object => ({
  kind: 'UNIT',
  typeName,
  fieldName,
  dataSourceName,
  requestMappingTemplate: request,
  responseMappingTemplate: RESPONSE,
});
const ECHO = '{ "version": "2018-05-29", "payload": $util.toJson($context.arguments) }';

const simulator = new AmplifyAppSyncSimulator({ port: 0 });
simulator.init({
  schema: { content: SDL },
  appSync: {
    name: 'bench',
    apiKey: API_KEY,
    defaultAuthenticationType: { authenticationType: 'API_KEY' },
    additionalAuthenticationProviders: [],
  },
  dataSources: [
    { name: 'none', type: 'NONE' },
    {
      name: 'table',
      type: 'AMAZON_DYNAMODB',
      config: {
        endpoint,
        region: 'us-east-1',
        tableName: TABLE,
        credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
      },
    },
    { name: 'code', type: 'AWS_LAMBDA', invoke: answerInvoke },
  ],
  resolvers: [
    resolver('Query', 'echo', 'none', ECHO),
    resolver('Mutation', 'announce', 'none', ECHO),
    resolver(
      'Query',
      'getNote',
      'table',
      '{ "version": "2018-05-29", "operation": "GetItem", "key": { "id": $util.dynamodb.toDynamoDBJson($context.arguments.id) } }',
    ),
    resolver(
      'Query',
      'invoke',
      'code',
      '{ "version": "2018-05-29", "operation": "Invoke", "payload": $util.toJson($context.arguments) }',
    ),
  ],
});
await simulator.start();
announceUrl(`${simulator.localhostUrl.replace('localhost', '127.0.0.1')}/graphql`);
