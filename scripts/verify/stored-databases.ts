import { join } from 'node:path';
import { openDatabase } from '../../local/dynamodb/index.ts';

/** A database as its item describes it. */
export interface StoredDatabase {
  id: string;
  /** Key prefix of its objects. */
  prefix: string;
  /** Key of the current manifest; null while it is empty. */
  manifest: string | null;
}

type Item = Record<string, { S?: string; N?: string } | undefined>;

/** Reads the items of all databases of a data folder; fails with DatabaseLocked while a server has it open. */
export async function readStoredDatabases(dataFolder: string): Promise<StoredDatabase[]> {
  const tables = await openDatabase(join(dataFolder, 'dynamodb'));
  try {
    const { TableNames } = (await tables.call('ListTables', {})) as { TableNames: string[] };
    const found: StoredDatabase[] = [];
    for (const table of TableNames.filter((name) => name.includes('Databases'))) {
      for await (const item of scan(table, (input) => tables.call('Scan', input))) found.push(describe(item));
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  } finally {
    await tables.close();
  }
}

async function* scan(
  table: string,
  call: (input: Record<string, unknown>) => Promise<Record<string, unknown>>,
): AsyncGenerator<Item> {
  let start: unknown;
  do {
    const page = await call({
      TableName: table,
      FilterExpression: 'sk = :database',
      ExpressionAttributeValues: { ':database': { S: 'DATABASE' } },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    yield* page.Items as Item[];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

function describe({ pk, generation, manifest }: Item): StoredDatabase {
  const id = pk?.S ?? '';
  return { id, prefix: `databases/${id}/g${generation?.N ?? '1'}/`, manifest: manifest?.S ?? null };
}
