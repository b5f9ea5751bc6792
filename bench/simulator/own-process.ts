// Serves the twin by the local runtime, from a cloud assembly that CDK wrote.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { aws_appsync as appsync, aws_dynamodb as dynamodb, aws_lambda as lambda } from 'aws-cdk-lib';
import { startRuntime } from '../../local/gateway/start-runtime.ts';
import { NOTE, TWIN_SCHEMA, type TwinAddress } from './twin.ts';

const MEMBERS = JSON.stringify(NOTE);
const RESPONSE = 'export const response = (ctx) => ctx.result;';
const REQUESTS = {
  tell: `export const request = (ctx) => ({ payload: { id: ctx.args.id, ...${MEMBERS} } });`,
  read: `import { get } from '@aws-appsync/utils/dynamodb';
    export const request = (ctx) => get({ key: { id: ctx.args.id } });`,
  put: `import { put } from '@aws-appsync/utils/dynamodb';
    export const request = (ctx) => put({ key: { id: ctx.args.id }, item: { title: ctx.args.title, size: ${NOTE.size} } });`,
  compute: `export const request = (ctx) => ({ operation: 'Invoke', payload: { id: ctx.args.id } });`,
};
const FUNCTION = `exports.handler = async ({ id }) => ({ id, ...${MEMBERS} });`;

function addResolver(source: appsync.BaseDataSource, field: string, request: keyof typeof REQUESTS): void {
  const [typeName, fieldName] = field.split('.') as [string, string];
  const code = appsync.Code.fromInline(`${REQUESTS[request]}\n${RESPONSE}`);
  const runtime = appsync.FunctionRuntime.JS_1_0_0;
  source.createResolver(fieldName, { typeName, fieldName, code, runtime });
}

function synthesize(folder: string): string {
  const outdir = join(folder, 'cdk.out');
  const schema = join(folder, 'schema.graphql');
  writeFileSync(schema, TWIN_SCHEMA);
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Twin');
  const authorizationType = appsync.AuthorizationType.API_KEY;
  const api = new appsync.GraphqlApi(stack, 'Api', {
    name: 'twin',
    definition: appsync.Definition.fromFile(schema),
    authorizationConfig: { defaultAuthorization: { authorizationType } },
  });
  const table = new dynamodb.Table(stack, 'Notes', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const compute = new lambda.Function(stack, 'Compute', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(FUNCTION),
  });
  const nowhere = api.addNoneDataSource('Nowhere');
  addResolver(nowhere, 'Query.echoNote', 'tell');
  addResolver(nowhere, 'Mutation.tellNote', 'tell');
  const notes = api.addDynamoDbDataSource('Table', table);
  addResolver(notes, 'Query.readNote', 'read');
  addResolver(notes, 'Mutation.putNote', 'put');
  addResolver(api.addLambdaDataSource('Function', compute), 'Query.computeNote', 'compute');
  new CfnOutput(stack, 'ApiKey', { value: api.apiKey ?? '' });
  app.synth();
  return outdir;
}

const folder = mkdtempSync(join(tmpdir(), 'twin-'));
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
process.on('disconnect', () => process.exit());
const { endpoints, outputs } = await startRuntime(
  {
    assemblyFolder: synthesize(folder),
    consoleFolder: join(folder, 'console'),
    dataFolder: join(folder, 'data'),
    port: 0,
    tlsPort: null,
    reset: false,
    parameters: new Map(),
  },
  {
    report: () => undefined,
    onError: (line) => {
      process.stderr.write(`${line}\n`);
    },
  },
);
const { graphqlUrl, realtimeUrl } = endpoints;
const address: TwinAddress = { graphqlUrl, realtimeUrl, apiKey: String(outputs.ApiKey) };
process.send?.(address);
