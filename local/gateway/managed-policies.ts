import type { PolicyDocument, Statement } from '../iam/index.ts';

const allow = (...actions: string[]): Statement => ({ Effect: 'Allow', Action: actions, Resource: '*' });
/** Logs, traces and network interfaces have no counterpart here: such a policy allows nothing that runs. */
const NOTHING_HERE = allow('logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents');

const STATEMENTS: Record<string, Statement[]> = {
  AdministratorAccess: [allow('*')],
  PowerUserAccess: [{ Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' }],
  AmazonDynamoDBFullAccess: [allow('dynamodb:*')],
  AmazonDynamoDBFullAccess_v2: [allow('dynamodb:*')],
  AmazonDynamoDBReadOnlyAccess: [
    allow('dynamodb:BatchGetItem', 'dynamodb:Describe*', 'dynamodb:List*', 'dynamodb:GetItem'),
    allow('dynamodb:GetResourcePolicy', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:PartiQLSelect'),
  ],
  AmazonS3FullAccess: [allow('s3:*', 's3-object-lambda:*')],
  AmazonS3ReadOnlyAccess: [
    allow('s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'),
  ],
  AmazonSQSFullAccess: [allow('sqs:*')],
  AmazonSQSReadOnlyAccess: [
    allow('sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListDeadLetterSourceQueues', 'sqs:ListQueues'),
    allow('sqs:ListMessageMoveTasks', 'sqs:ListQueueTags'),
  ],
  SecretsManagerReadWrite: [allow('secretsmanager:*')],
  AWSAppSyncInvokeFullAccess: [allow('appsync:GraphQL', 'appsync:GetGraphqlApi', 'appsync:ListGraphqlApis')],
  AWSLambdaRole: [allow('lambda:InvokeFunction')],
  AWSLambdaSQSQueueExecutionRole: [
    allow('sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'),
  ],
  AWSLambdaBasicExecutionRole: [NOTHING_HERE],
  AWSLambdaVPCAccessExecutionRole: [NOTHING_HERE],
  AWSXRayDaemonWriteAccess: [NOTHING_HERE],
  AWSXrayWriteOnlyAccess: [NOTHING_HERE],
  AWSAppSyncPushToCloudWatchLogs: [NOTHING_HERE],
  CloudWatchLambdaInsightsExecutionRolePolicy: [NOTHING_HERE],
  CloudWatchLambdaApplicationSignalsExecutionRolePolicy: [NOTHING_HERE],
};

/** Returns what a policy that AWS manages allows, by its ARN; undefined for one that is not known here. */
export function managedPolicy(arn: string): PolicyDocument | undefined {
  const match = /^arn:[a-z-]+:iam::aws:policy\/(?:.+\/)?([^/]+)$/.exec(arn);
  const name = match?.[1] ?? '';
  const statements = Object.hasOwn(STATEMENTS, name) ? STATEMENTS[name] : undefined;
  return statements && { Version: '2012-10-17', Statement: statements };
}

/** Returns the names of the known policies, for messages. */
export function managedPolicyNames(): string[] {
  return Object.keys(STATEMENTS);
}
