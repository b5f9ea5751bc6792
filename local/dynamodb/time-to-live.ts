import type { Resource } from '../assembly/index.ts';
import type { Database } from './database.ts';
import { DynamoDbError } from './failure.ts';

type Item = Record<string, unknown>;

/** A table whose items end at the second since 1970 that the attribute holds. */
interface ExpiringTable {
  name: string;
  attribute: string;
  keys: string[];
}

/** Removes items after their end, in the background. */
export interface Expiry {
  /** Goes once through what a single sweep may read, from where the last one ended, and returns how many items it removed. */
  sweep(nowMs: number): Promise<number>;
  stop(): Promise<void>;
}

const INTERVAL_MS = 60_000;
const PAGE_ITEMS = 500;
/** One sweep reads at most 20,000 items of a table (about a second of work), and the next goes on from there. */
const MOST_PAGES = 40;
/** The service takes an end of more than five years ago for a mistake, and keeps the item. */
const OLDEST_SECONDS = 5 * 365 * 86_400;

/** Returns the tables for which the template enables an end of items; fails where it names no attribute. */
export function readExpiringTables(tables: Resource[]): ExpiringTable[] {
  return tables.flatMap(({ logicalId, physicalId, properties }) => {
    const specification = (properties.TimeToLiveSpecification ?? {}) as Item;
    if (String(specification.Enabled) !== 'true') return [];
    const { AttributeName: attribute } = specification;
    if (typeof attribute !== 'string' || attribute === '')
      throw new Error(
        `${logicalId}.TimeToLiveSpecification.AttributeName is ${JSON.stringify(attribute)}; expected the name of an attribute`,
      );
    const keys = (properties.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName);
    return [{ name: physicalId, attribute, keys }];
  });
}

/** Sweeps the tables every minute, never twice at a time. */
export function startExpiry(
  database: Database,
  tables: ExpiringTable[],
  onError: (line: string) => void,
): Expiry {
  const cursors = new Map<string, Item>();
  let running: Promise<number> | undefined;
  let isStopping = false;
  const sweepAll = async (nowMs: number): Promise<number> => {
    let removed = 0;
    for (const table of tables)
      removed += await sweepTable({ database, cursors, isStopping: () => isStopping }, table, nowMs);
    return removed;
  };
  const sweep = (nowMs: number): Promise<number> => {
    running ??= sweepAll(nowMs).finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => {
    sweep(Date.now()).catch((error: unknown) => {
      onError(`expired items could not be removed: ${String(error)}`);
    });
  }, INTERVAL_MS);
  timer.unref();
  return {
    sweep,
    async stop() {
      isStopping = true;
      clearInterval(timer);
      // Who started the sweep hears of its failure.
      await running?.catch(() => undefined);
    },
  };
}

interface Sweep {
  database: Database;
  /** Where the next sweep of a table goes on. */
  cursors: Map<string, Item>;
  isStopping: () => boolean;
}

async function sweepTable(
  { database, cursors, isStopping }: Sweep,
  table: ExpiringTable,
  nowMs: number,
): Promise<number> {
  let removed = 0;
  for (let page = 0; page < MOST_PAGES && !isStopping(); page += 1) {
    const start = cursors.get(table.name);
    const answer = await database.call('Scan', scanOf(table, start, nowMs));
    for (const item of answer.Items as Item[]) {
      if (isStopping()) return removed;
      removed += (await removeUnchanged(database, table, item)) ? 1 : 0;
    }
    if (!answer.LastEvaluatedKey) {
      cursors.delete(table.name);
      break;
    }
    cursors.set(table.name, answer.LastEvaluatedKey as Item);
  }
  return removed;
}

/** Only numbers compare with a number, so that an attribute of another type keeps its item. */
function scanOf({ name, attribute, keys }: ExpiringTable, start: Item | undefined, nowMs: number): Item {
  const nowSeconds = Math.floor(nowMs / 1000);
  const wanted = [...new Set([attribute, ...keys])];
  return {
    TableName: name,
    Limit: PAGE_ITEMS,
    ...(start && { ExclusiveStartKey: start }),
    FilterExpression: '#0 < :now AND #0 >= :oldest',
    ProjectionExpression: wanted.map((_, index) => `#${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(wanted.map((key, index) => [`#${index}`, key])),
    ExpressionAttributeValues: {
      ':now': { N: String(nowSeconds) },
      ':oldest': { N: String(nowSeconds - OLDEST_SECONDS) },
    },
  };
}

/** Spares an item whose end was moved, or that was removed or replaced, since it was read. */
async function removeUnchanged(
  database: Database,
  { name, attribute, keys }: ExpiringTable,
  item: Item,
): Promise<boolean> {
  try {
    await database.call('DeleteItem', {
      TableName: name,
      Key: Object.fromEntries(keys.map((key) => [key, item[key]])),
      ConditionExpression: '#end = :seen',
      ExpressionAttributeNames: { '#end': attribute },
      ExpressionAttributeValues: { ':seen': item[attribute] },
    });
    return true;
  } catch (error) {
    if (error instanceof DynamoDbError && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
