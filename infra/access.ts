import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { embeddingModels } from '../resolvers/embedding-models.ts';
import { OBJECT_PREFIX } from './buckets.ts';

export type TableAction =
  'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

export type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload';

/** Allows exactly these actions on one table. */
export function onTable(table: Table, ...actions: TableAction[]): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [table.tableArn],
  });
}

/** Allows exactly these actions on the objects of one bucket that belong to databases. */
export function onObjects(bucket: Bucket, ...actions: ObjectAction[]): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `s3:${action}`),
    resources: [bucket.arnForObjects(`${OBJECT_PREFIX}*`)],
  });
}

/** Allows to list one bucket. Without it S3 answers "denied" for an object that does not exist, and nobody could tell the two apart. */
export function onList(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
}

export function onSend(queue: Queue): PolicyStatement {
  return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
}

export function onConsume(queue: Queue): PolicyStatement {
  return new PolicyStatement({
    actions: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
    ],
    resources: [queue.queueArn],
  });
}

export function onSecret(secretArn: string): PolicyStatement {
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] });
}

/** Allows the Bedrock models that a database can be created with. */
export function onEmbeddingModels(): PolicyStatement {
  const models = embeddingModels['bedrock'] ?? [];
  const resources = models.map(
    ({ model }) => `arn:${Aws.PARTITION}:bedrock:${Aws.REGION}::foundation-model/${model}`,
  );
  return new PolicyStatement({ actions: ['bedrock:InvokeModel'], resources });
}
