import type { DataSource } from '../definition.ts';
import { FieldError } from '../execution/field-error.ts';
import { fromWireMap } from '../library/attribute-values.ts';
import type { AttributeValue } from '../library/attribute-values.ts';
import type { AppSyncPorts } from '../ports.ts';
import { answer, describe, failure, refuseRequest, requestObject, requireMember } from './data-source.ts';
import type { SourceAnswer, SourceRequest } from './data-source.ts';
import { batchOperations } from './dynamodb-batch.ts';
import { expressionsOf, settingsOf } from './dynamodb-input.ts';
import { dynamoDbFailure, itemOperations } from './dynamodb-item.ts';
import type { Table } from './dynamodb-item.ts';
import { readToken, writeToken } from './dynamodb-token.ts';
import { transactionOperations } from './dynamodb-transaction.ts';

type DynamoDbSource = Extract<DataSource, { type: 'AMAZON_DYNAMODB' }>;

const PAGE_SETTINGS = {
  index: 'IndexName',
  limit: 'Limit',
  consistentRead: 'ConsistentRead',
  scanIndexForward: 'ScanIndexForward',
  select: 'Select',
  totalSegments: 'TotalSegments',
  segment: 'Segment',
};

async function readPage(
  table: Table,
  request: SourceRequest,
  operation: 'Query' | 'Scan',
): Promise<SourceAnswer> {
  const start = (request.nextToken ?? null) === null ? undefined : readToken(table.name, request.nextToken);
  if (start === null) return failure('DynamoDB:InvalidNextToken', 'Invalid pagination token given.');
  if (operation === 'Query') requireMember(request, 'query');
  const page = await table.call(operation, {
    TableName: table.name,
    ...expressionsOf(request, ['query', 'filter', 'projection']),
    ...settingsOf(request, PAGE_SETTINGS),
    ...(start ? { ExclusiveStartKey: start } : {}),
  });
  const items = (page.Items ?? []) as Record<string, AttributeValue>[];
  return answer({
    items: items.map(fromWireMap),
    nextToken: writeToken(table.name, page.LastEvaluatedKey),
    scannedCount: page.ScannedCount ?? items.length,
  });
}

const operations: Record<
  string,
  ((table: Table, request: SourceRequest) => Promise<SourceAnswer>) | undefined
> = {
  ...itemOperations,
  ...batchOperations,
  ...transactionOperations,
  Query: (table, request) => readPage(table, request, 'Query'),
  Scan: (table, request) => readPage(table, request, 'Scan'),
};

/** Runs what a request handler returned against the data source's table, as the data source's role. */
export async function callDynamoDb(
  source: DynamoDbSource,
  value: unknown,
  ports: AppSyncPorts,
): Promise<SourceAnswer> {
  const request = requestObject(value);
  const named = requireMember(request, 'operation');
  const operation = typeof named === 'string' && Object.hasOwn(operations, named) ? operations[named] : null;
  if (!operation) {
    const known = Object.keys(operations).join(', ');
    refuseRequest(`Unsupported operation ${describe(named)}: expected one of ${known}.`);
  }
  try {
    return await operation({ name: source.tableName, call: ports.dynamodb(source.roleArn) }, request);
  } catch (thrown) {
    if (thrown instanceof FieldError) throw thrown;
    return dynamoDbFailure(thrown);
  }
}
