import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { startNotes } from '../../unit/local/notes/start-notes.ts';
import type { Notes } from '../../unit/local/notes/start-notes.ts';

/** Another implementation to prove the suite against, such as DynamoDB Local. */
const endpoint = process.env.DYNAMODB_ENDPOINT;

/** A table with the string keys `pk` and `sk`, of the local runtime or of the implementation at `DYNAMODB_ENDPOINT`. */
export interface TableServer {
  client: DynamoDBClient;
  TableName: string;
  /** Undefined for another implementation: it has no roles. */
  notes: Notes | undefined;
  stop(): Promise<void>;
}

/** Whether roles, refusals and errors of the local runtime itself can be tested. */
export const isLocalRuntime = endpoint === undefined;

/** Starts the notes application, or creates a table at the other implementation. */
export async function openTable(): Promise<TableServer> {
  if (endpoint === undefined) {
    const notes = await startNotes();
    const client = new DynamoDBClient(notes.clientConfig('Worker'));
    return { client, TableName: notes.names.table, notes, stop: () => notes.stop() };
  }
  const credentials = { accessKeyId: 'contract', secretAccessKey: 'contract' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  const TableName = `contract-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName });
  return {
    client,
    TableName,
    notes: undefined,
    stop() {
      client.destroy();
      return Promise.resolve();
    },
  };
}
