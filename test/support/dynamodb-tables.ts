import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

/** The project's tables in a DynamoDB that lives in this process. */
export interface Tables {
  client: DynamoDBDocumentClient;
  endpoint: string;
  databases: { client: DynamoDBDocumentClient; table: string };
  records: { client: DynamoDBDocumentClient; table: string };
  keys: { client: DynamoDBDocumentClient; table: string };
  stop(): Promise<void>;
}

const NAMES = { databases: 'Databases', records: 'VectorData', keys: 'ApiKeys' } as const;

async function createTable(client: DynamoDBClient, TableName: string, attributes: string[]): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: attributes.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
    }),
  );
}

/** Starts dynalite on a free port with empty tables. */
export async function startTables(): Promise<Tables> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const plain = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
  await createTable(plain, NAMES.databases, ['pk', 'sk']);
  await createTable(plain, NAMES.records, ['pk', 'sk']);
  await createTable(plain, NAMES.keys, ['pk']);
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  return {
    client,
    endpoint,
    databases: { client, table: NAMES.databases },
    records: { client, table: NAMES.records },
    keys: { client, table: NAMES.keys },
    async stop() {
      plain.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
