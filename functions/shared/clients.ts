import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readEnvironment } from './environment.ts';

const CONNECTION_TIMEOUT_MS = 2_000;
/** AppSync ends a request after 30 s: a call that hangs must leave time for at least one more attempt. */
const SMALL_CALL_TIMEOUT_MS = 5_000;
/** One object range or segment: 30 MB at 2 MB/s, the slowest that is worth waiting for. */
const OBJECT_CALL_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 4;
/** The planner fetches ranges in parallel, and a batch of records is written in parallel. */
const MAX_SOCKETS = 64;

function createOnce<Client>(create: () => Client): () => Client {
  let client: Client | undefined;
  return () => (client ??= create());
}

function clientConfig(requestTimeout: number) {
  return {
    region: readEnvironment('AWS_REGION'),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  };
}

/** Returns the S3 client of this warm instance. */
export const getS3Client = createOnce(() => new S3Client(clientConfig(OBJECT_CALL_TIMEOUT_MS)));

/** Returns the DynamoDB document client of this warm instance; `undefined` attributes are left out. */
export const getDocumentClient = createOnce(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(SMALL_CALL_TIMEOUT_MS)), {
    marshallOptions: { removeUndefinedValues: true },
  }),
);

/** Returns the SQS client of this warm instance. */
export const getQueueClient = createOnce(() => new SQSClient(clientConfig(SMALL_CALL_TIMEOUT_MS)));

/** Returns the Secrets Manager client of this warm instance. */
export const getSecretsClient = createOnce(
  () => new SecretsManagerClient(clientConfig(SMALL_CALL_TIMEOUT_MS)),
);
