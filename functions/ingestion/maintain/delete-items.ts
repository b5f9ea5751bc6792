import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { DatabaseTable } from '../../shared/database-item.ts';
import { deleteRecords, type RecordTable } from '../../shared/records.ts';
import type { RecordKey } from '../../shared/record-key.ts';

/** How many keys are read before they are deleted. */
const KEYS_PER_PAGE = 1_000;

/** Which items of a partition: those whose sort key begins with, or is below, a string; all of them otherwise. */
export interface ItemRange {
  pk: string;
  beginsWith?: string;
  below?: string;
}

function toQuery(table: string, { pk, beginsWith, below }: ItemRange): QueryCommandInput {
  const condition =
    beginsWith === undefined ? (below === undefined ? '' : ' AND sk < :sk') : ' AND begins_with(sk, :sk)';
  const bound = beginsWith ?? below;
  return {
    TableName: table,
    KeyConditionExpression: `pk = :pk${condition}`,
    ExpressionAttributeValues: { ':pk': pk, ...(bound === undefined ? {} : { ':sk': bound }) },
    ProjectionExpression: 'pk, sk',
    ConsistentRead: true,
    Limit: KEYS_PER_PAGE,
  };
}

/** Deletes all items of a range, page by page; returns false when `hasTime` ended it before. Deleted ones are gone, so it can be called again. */
export async function deleteItems(
  where: RecordTable | DatabaseTable,
  range: ItemRange,
  hasTime: () => boolean,
): Promise<boolean> {
  let startKey: Record<string, unknown> | undefined;
  do {
    if (!hasTime()) return false;
    const page = await where.client.send(
      new QueryCommand({ ...toQuery(where.table, range), ExclusiveStartKey: startKey }),
    );
    await deleteRecords(where, (page.Items ?? []) as RecordKey[]);
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return true;
}
