import type { ApiClient } from '../connection/api-client.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import {
  type DatabaseRowFragment,
  GetDatabaseDocument,
  ListDatabasesDocument,
} from '../generated/operations.ts';

/** Lists all databases whose name contains a text. */
export async function listDatabases(
  client: ApiClient,
  nameContains: string | null = null,
): Promise<DatabaseRowFragment[]> {
  const databases: DatabaseRowFragment[] = [];
  let nextToken: string | null = null;
  do {
    const {
      listDatabases: page,
    }: { listDatabases: { items: DatabaseRowFragment[]; nextToken: string | null } } = await client.send(
      ListDatabasesDocument,
      { nameContains, nextToken },
    );
    databases.push(...page.items);
    nextToken = page.nextToken;
  } while (nextToken !== null);
  return databases;
}

const ID = /^[0-9A-Za-z._-]{1,128}$/;

/** Finds a database by its id or its whole name; null when there is none. A name that several have is an error. */
export async function findDatabase(client: ApiClient, nameOrId: string): Promise<DatabaseRowFragment | null> {
  if (ID.test(nameOrId)) {
    const { getDatabase } = await client.send(GetDatabaseDocument, { id: nameOrId });
    if (getDatabase) return getDatabase;
  }
  const named = (await listDatabases(client, nameOrId)).filter(({ name }) => name === nameOrId);
  if (named.length > 1) {
    const ids = named.map(({ id }) => id).join(', ');
    throw usageFailure(
      `${named.length} databases have the name "${nameOrId}".`,
      `Name one by its id: ${ids}.`,
    );
  }
  return named[0] ?? null;
}

/** Finds a database by its id or name; it is an error when there is none. */
export async function requireDatabase(
  client: ApiClient,
  nameOrId: string | undefined,
): Promise<DatabaseRowFragment> {
  if (nameOrId === undefined) throw usageFailure('--database is missing; give the name or id of a database.');
  const database = await findDatabase(client, nameOrId);
  if (database) return database;
  throw new CommandFailure(`There is no database "${nameOrId}".`, {
    kind: 'NOT_FOUND',
    hint: 'See "vdb databases", or make it with "vdb databases create NAME".',
  });
}
