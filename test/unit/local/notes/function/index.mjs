import { randomBytes } from 'node:crypto';
import { env } from 'node:process';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';

const database = new DynamoDBClient({});
const queues = new SQSClient({});
const secrets = new SecretsManagerClient({});
const instance = randomBytes(4).toString('hex');
const put = (id, text) =>
  database.send(
    new PutItemCommand({
      TableName: env.TABLE,
      Item: { pk: { S: 'NOTES' }, sk: { S: id }, id: { S: id }, text: { S: text } },
    }),
  );

const actions = {
  shout: ({ text }) => text.toUpperCase(),
  instance: () => instance,
  environment: () => ({ ...env }),
  context: (_event, context) => ({ ...context, remainingMs: context.getRemainingTimeInMillis() }),
  put: async ({ id, text }) => void (await put(id, text)),
  send: async ({ body }) =>
    (await queues.send(new SendMessageCommand({ QueueUrl: env.QUEUE_URL, MessageBody: body }))).MessageId,
  secret: async () =>
    (await secrets.send(new GetSecretValueCommand({ SecretId: env.SECRET_ARN }))).SecretString,
  fail: () => {
    throw new TypeError('no such note');
  },
  hang: () => new Promise(() => undefined),
  spin: () => {
    for (;;);
  },
  crash: () => {
    setTimeout(() => {
      throw new Error('out of nowhere');
    });
    return new Promise(() => undefined);
  },
  exit: () => process.exit(7),
  fill: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(String(kept.length)));
  },
  large: () => 'x'.repeat(7 * 1024 * 1024),
};

export async function worker(event, context) {
  return actions[event.action](event, context);
}

/** Has no permission to read the table. */
export async function outsider(event) {
  if (event.action) return actions[event.action](event);
  const key = { pk: { S: 'NOTES' }, sk: { S: '1' } };
  return (await database.send(new GetItemCommand({ TableName: env.TABLE, Key: key }))).Item ?? null;
}

/** Writes down each message; one whose body says so fails every time. */
export async function consumer(event) {
  const batchItemFailures = [];
  for (const record of event.Records ?? []) {
    if (record.body === 'poison') batchItemFailures.push({ itemIdentifier: record.messageId });
    else await put(`message-${record.messageId}`, record.body);
  }
  return { batchItemFailures };
}
