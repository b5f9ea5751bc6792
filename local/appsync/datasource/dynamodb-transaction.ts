import { fromWireMap } from '../library/attribute-values.ts';
import type { AttributeValue } from '../library/attribute-values.ts';
import { limits } from '../limits.ts';
import type { DynamoDbFailure } from '../ports.ts';
import { answer, refuseRequest, requestObject } from './data-source.ts';
import type { SourceAnswer, SourceRequest } from './data-source.ts';
import { expressionsOf, keyOf, listOf, mapOf } from './dynamodb-input.ts';
import { dynamoDbFailure, failureName } from './dynamodb-item.ts';
import type { Table } from './dynamodb-item.ts';

type Item = Record<string, AttributeValue>;

function itemsOf(request: SourceRequest): SourceRequest[] {
  const items = listOf('transactItems', request.transactItems).map(requestObject);
  if (items.length > 0 && items.length <= limits.dynamodbTransactItems) return items;
  return refuseRequest(
    `The transaction has ${items.length} items; it takes 1 to ${limits.dynamodbTransactItems}.`,
  );
}

function returnOld(item: SourceRequest): Record<string, string> {
  const wanted = (item.condition as { returnValuesOnConditionCheckFailure?: boolean } | undefined)
    ?.returnValuesOnConditionCheckFailure;
  return wanted === true ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {};
}

function toWrite(item: SourceRequest): Record<string, unknown> {
  const base = { TableName: item.table, ...returnOld(item) };
  switch (item.operation) {
    case 'PutItem': {
      const put = { ...mapOf('attributeValues', item.attributeValues ?? {}), ...keyOf(item) };
      return { Put: { ...base, Item: put, ...expressionsOf(item, ['condition']) } };
    }
    case 'UpdateItem':
      return { Update: { ...base, Key: keyOf(item), ...expressionsOf(item, ['update', 'condition']) } };
    case 'DeleteItem':
      return { Delete: { ...base, Key: keyOf(item), ...expressionsOf(item, ['condition']) } };
    case 'ConditionCheck':
      return { ConditionCheck: { ...base, Key: keyOf(item), ...expressionsOf(item, ['condition']) } };
    default:
      return refuseRequest(`Unsupported operation ${JSON.stringify(item.operation)} in a transaction.`);
  }
}

async function inTransaction(run: () => Promise<SourceAnswer>): Promise<SourceAnswer> {
  try {
    return await run();
  } catch (thrown) {
    if (failureName(thrown) !== 'TransactionCanceledException') throw thrown;
    const reasons = (thrown as DynamoDbFailure).CancellationReasons ?? [];
    const cancellationReasons = reasons.map(({ Code, Message, Item: item }) => ({
      type: Code ?? 'None',
      message: Message ?? null,
      item: item ? fromWireMap(item as Item) : null,
    }));
    return dynamoDbFailure(thrown, { keys: null, items: null, cancellationReasons });
  }
}

/** The operations that happen together or not at all. */
export const transactionOperations = {
  TransactGetItems: (table: Table, request: SourceRequest): Promise<SourceAnswer> =>
    inTransaction(async () => {
      const gets = itemsOf(request).map((item) => ({
        Get: { TableName: item.table, Key: keyOf(item), ...expressionsOf(item, ['projection']) },
      }));
      const { Responses } = await table.call('TransactGetItems', { TransactItems: gets });
      const responses = (Responses ?? []) as { Item?: Item }[];
      const items = responses.map(({ Item: item }) => (item ? fromWireMap(item) : null));
      return answer({ items, cancellationReasons: null });
    }),
  TransactWriteItems: (table: Table, request: SourceRequest): Promise<SourceAnswer> =>
    inTransaction(async () => {
      const items = itemsOf(request);
      await table.call('TransactWriteItems', { TransactItems: items.map(toWrite) });
      return answer({ keys: items.map((item) => fromWireMap(keyOf(item))), cancellationReasons: null });
    }),
};
