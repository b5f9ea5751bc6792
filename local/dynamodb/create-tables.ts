import type { Resource } from '../assembly/index.ts';
import type { Database } from './database.ts';
import { DynamoDbError } from './failure.ts';

type Json = Record<string, unknown>;

const SAME = [
  'KeySchema',
  'AttributeDefinitions',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
] as const;

/** Creates the tables that do not exist yet; fails when one exists with other keys, because its items would be lost. */
export async function createTables(database: Database, tables: Resource[]): Promise<void> {
  for (const table of tables) {
    const wanted = tableDefinition(table);
    const existing = await describe(database, table.physicalId);
    if (existing) refuseOtherKeys(table, wanted, existing);
    else await database.call('CreateTable', wanted);
    if (existing?.TableStatus !== 'ACTIVE') await database.activateTable(table.physicalId);
  }
}

function tableDefinition({ physicalId, properties }: Resource): Json {
  const definition: Json = { TableName: physicalId, BillingMode: 'PAY_PER_REQUEST' };
  for (const name of SAME) {
    const value = properties[name];
    if (Array.isArray(value) && value.length > 0)
      definition[name] = value.map((part) => withoutCapacity(part as Json));
  }
  return definition;
}

/** Capacity has no meaning on one machine. */
function withoutCapacity(part: Json): Json {
  const names = ['AttributeName', 'AttributeType', 'KeyType', 'IndexName', 'KeySchema', 'Projection'];
  return Object.fromEntries(names.filter((name) => name in part).map((name) => [name, part[name]]));
}

async function describe(database: Database, name: string): Promise<Json | undefined> {
  try {
    const { Table } = await database.call('DescribeTable', { TableName: name });
    return Table as Json;
  } catch (error) {
    if (error instanceof DynamoDbError && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function refuseOtherKeys({ logicalId, physicalId }: Resource, wanted: Json, existing: Json): void {
  const keys = (table: Json): string =>
    JSON.stringify([
      table.KeySchema,
      namesOf(table.GlobalSecondaryIndexes),
      namesOf(table.LocalSecondaryIndexes),
    ]);
  if (keys(wanted) === keys(existing)) return;
  throw new Error(
    `the table ${physicalId} (${logicalId}) was created with other keys or indexes than the template declares now; start with --reset to begin anew`,
  );
}

const namesOf = (indexes: unknown): string[] =>
  ((indexes ?? []) as { IndexName: string }[]).map(({ IndexName }) => IndexName).sort();
