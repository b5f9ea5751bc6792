/** A small notes API that has one of everything the runtime stands up. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { App, CfnCondition, CfnOutput, CfnParameter, Duration, Fn, Stack } from 'aws-cdk-lib';
import { aws_appsync as appsync, aws_cognito as cognito } from 'aws-cdk-lib';
import { aws_dynamodb as dynamodb, aws_events as events, aws_events_targets as targets } from 'aws-cdk-lib';
import { aws_iam as iam, aws_lambda as lambda, aws_lambda_event_sources as sources } from 'aws-cdk-lib';
import { aws_logs as logs, aws_s3 as s3, aws_s3_notifications as notifications } from 'aws-cdk-lib';
import { aws_secretsmanager as secrets, aws_sqs as sqs } from 'aws-cdk-lib';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

function addQueues(stack: Stack): { jobs: sqs.Queue; dead: sqs.Queue } {
  const dead = new sqs.Queue(stack, 'Dead');
  const jobs = new sqs.Queue(stack, 'Jobs', {
    visibilityTimeout: Duration.seconds(2),
    deadLetterQueue: { queue: dead, maxReceiveCount: 2 },
  });
  return { jobs, dead };
}

function addBucket(stack: Stack, queue: sqs.Queue): s3.Bucket {
  const bucket = new s3.Bucket(stack, 'Files');
  const policy = queue.addToResourcePolicy(
    new iam.PolicyStatement({
      actions: ['sqs:SendMessage'],
      principals: [new iam.ServicePrincipal('s3.amazonaws.com')],
      resources: [queue.queueArn],
    }),
  );
  const inner = bucket.node.defaultChild as s3.CfnBucket;
  inner.notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: 'in/' }] } },
      },
    ],
  };
  if (policy.policyDependable) bucket.node.addDependency(policy.policyDependable);
  return bucket;
}

function addApi(stack: Stack, table: dynamodb.Table, worker: lambda.Function): appsync.GraphqlApi {
  const pool = new cognito.UserPool(stack, 'Users');
  pool.addClient('Console', { authFlows: { userPassword: true }, oAuth: undefined, disableOAuth: true });
  new cognito.CfnUserPoolGroup(stack, 'Admins', { userPoolId: pool.userPoolId, groupName: 'admin' });
  const api = new appsync.GraphqlApi(stack, 'Api', {
    name: 'notes',
    definition: appsync.Definition.fromFile(here('./schema.graphql')),
    authorizationConfig: {
      defaultAuthorization: {
        authorizationType: appsync.AuthorizationType.USER_POOL,
        userPoolConfig: { userPool: pool },
      },
      additionalAuthorizationModes: [
        { authorizationType: appsync.AuthorizationType.IAM },
        { authorizationType: appsync.AuthorizationType.API_KEY },
      ],
    },
  });
  const notes = api.addDynamoDbDataSource('Notes', table);
  const runtime = appsync.FunctionRuntime.JS_1_0_0;
  const code = (name: string): appsync.Code => appsync.Code.fromAsset(here(`./resolvers/${name}.js`));
  notes.createResolver('PutNote', {
    typeName: 'Mutation',
    fieldName: 'putNote',
    code: code('putNote'),
    runtime,
  });
  notes.createResolver('GetNote', {
    typeName: 'Query',
    fieldName: 'getNote',
    code: code('getNote'),
    runtime,
  });
  const compute = api.addLambdaDataSource('Compute', worker);
  compute.createResolver('Shout', { typeName: 'Query', fieldName: 'shout', code: code('shout'), runtime });
  return api;
}

function addFunction(
  stack: Stack,
  name: string,
  { code, timeout = Duration.seconds(10) }: { code: string; timeout?: Duration },
): lambda.Function {
  return new lambda.Function(stack, name, {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: `index.${name.toLowerCase()}`,
    code: lambda.Code.fromAsset(code),
    timeout,
    memorySize: 256,
    logGroup: new logs.LogGroup(stack, `${name}Logs`),
  });
}

/** Inline code that uses the SDK of the service's own runtime. */
const AUDITOR = `
const { DynamoDBClient, GetItemCommand, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
const TableName = process.env.TABLE;
exports.handler = async ({ Records = [], partition = 'AUDIT' }) => {
  for (const { s3 } of Records) {
    const Item = { pk: { S: 'AUDIT' }, sk: { S: s3.object.key }, stage: { S: process.env.STAGE } };
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  const Key = { pk: { S: partition }, sk: { S: 'any' } };
  return (await client.send(new GetItemCommand({ TableName, Key }))).Item ?? null;
};
`;

/** A second stack: it imports from the first, has parameters and conditions, and notifies by CDK's custom resource. */
function addAuditStack(app: App, table: dynamodb.ITable): void {
  const stack = new Stack(app, 'Audit');
  const stage = new CfnParameter(stack, 'Stage', { default: 'test', allowedValues: ['test', 'live'] });
  const isLive = new CfnCondition(stack, 'IsLive', { expression: Fn.conditionEquals(stage, 'live') });
  const alerts = new sqs.Queue(stack, 'Alerts');
  (alerts.node.defaultChild as sqs.CfnQueue).cfnOptions.condition = isLive;
  const auditor = new lambda.Function(stack, 'Auditor', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(AUDITOR),
    timeout: Duration.seconds(10),
    memorySize: 256,
    environment: {
      TABLE: table.tableName,
      STAGE: Fn.conditionIf('IsLive', 'live', Fn.sub('${Stage}-${AWS::Region}')).toString(),
    },
  });
  auditor.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['AUDIT'] } },
    }),
  );
  const inbox = new s3.Bucket(stack, 'Inbox');
  inbox.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.LambdaDestination(auditor), {
    suffix: '.txt',
  });
  new CfnOutput(stack, 'InboxName', { value: inbox.bucketName });
  new CfnOutput(stack, 'AlertsUrl', { value: alerts.queueUrl, condition: isLive });
}

/** Synthesizes the notes application into `<folder>/cdk.out` and returns that folder. */
export function synthesizeNotes(folder: string): string {
  const outdir = join(folder, 'cdk.out');
  const code = join(folder, 'function');
  const banner = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  };
  buildSync({
    entryPoints: [here('./function/index.mjs')],
    outfile: join(code, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner,
    logLevel: 'error',
  });
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Notes');
  const table = new dynamodb.Table(stack, 'NotesTable', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: 'end',
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
  });
  const { jobs, dead } = addQueues(stack);
  const bucket = addBucket(stack, jobs);
  const pepper = new secrets.Secret(stack, 'Pepper', { generateSecretString: { passwordLength: 40 } });
  const worker = addFunction(stack, 'Worker', { code });
  const environment = {
    TABLE: table.tableName,
    BUCKET: bucket.bucketName,
    QUEUE_URL: jobs.queueUrl,
    SECRET_ARN: pepper.secretArn,
  };
  for (const [key, value] of Object.entries(environment)) worker.addEnvironment(key, value);
  table.grantReadWriteData(worker);
  bucket.grantRead(worker);
  pepper.grantRead(worker);
  jobs.grantSendMessages(worker);
  const outsider = addFunction(stack, 'Outsider', { code, timeout: Duration.seconds(1) });
  outsider.addEnvironment('TABLE', table.tableName);
  const consumer = addFunction(stack, 'Consumer', { code, timeout: Duration.seconds(2) });
  consumer.addEnvironment('TABLE', table.tableName);
  table.grantReadWriteData(consumer);
  consumer.addEventSource(
    new sources.SqsEventSource(jobs, { batchSize: 5, reportBatchItemFailures: true, maxConcurrency: 2 }),
  );
  new events.Rule(stack, 'Tick', {
    schedule: events.Schedule.rate(Duration.minutes(1)),
    targets: [new targets.LambdaFunction(consumer)],
  });
  const api = addApi(stack, table, worker);
  worker.addEnvironment('GRAPHQL_URL', api.graphqlUrl);
  const { apiId } = api;
  const past = new appsync.CfnApiKey(stack, 'OldKey', { apiId, expires: Date.UTC(2020, 0, 1) / 1_000 });
  new CfnOutput(stack, 'ApiKey', { value: api.apiKey ?? '' });
  new CfnOutput(stack, 'PastKey', { value: past.attrApiKey });
  new CfnOutput(stack, 'DeadUrl', { value: dead.queueUrl });
  new CfnOutput(stack, 'TableName', { value: table.tableName });
  addAuditStack(app, table);
  app.synth();
  return outdir;
}
