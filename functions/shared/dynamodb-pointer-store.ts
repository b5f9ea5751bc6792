import { GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Pointer, PointerStore, PointerUpdate } from '../../engine/api.ts';
import { VectorDbError } from '../../engine/index.ts';
import { type DatabaseTable, databaseKey } from './database-item.ts';
import { isPassingFailure } from './function-error.ts';

interface PointerAttributes {
  manifest?: string;
  version?: string;
  status?: string;
  pendingWrites?: Set<string>;
}

/** The version of a database without a commit. */
const FIRST_VERSION = '000000000000';

function toEngineError(error: unknown, databaseId: string): unknown {
  if (!isPassingFailure(error)) return error;
  const message = `The table with the pointer of database "${databaseId}" did not answer in time.`;
  return new VectorDbError('Unavailable', message, {}, error);
}

async function readAttributes(
  { client, table }: DatabaseTable,
  databaseId: string,
): Promise<PointerAttributes> {
  const answer = await client.send(
    new GetCommand({
      TableName: table,
      Key: databaseKey(databaseId),
      ConsistentRead: true,
      ProjectionExpression: '#manifest, #version, #status, pendingWrites',
      ExpressionAttributeNames: { '#manifest': 'manifest', '#version': 'version', '#status': 'status' },
    }),
  );
  const item = answer.Item as PointerAttributes | undefined;
  if (item === undefined || item.status === 'DELETING') {
    throw new VectorDbError('NotFound', `There is no database "${databaseId}".`);
  }
  return item;
}

const SET_ATTRIBUTES = [
  'manifest',
  'version',
  'vectorCount',
  'fileCount',
  'storageBytes',
  'metadataFields',
] as const;

function buildUpdate(databaseId: string, expected: string | null, next: PointerUpdate) {
  const names: Record<string, string> = { '#status': 'status', '#updatedAt': 'updatedAt' };
  const values: Record<string, unknown> = { ':ready': 'READY', ':updatedAt': new Date().toISOString() };
  const assignments = ['#updatedAt = :updatedAt'];
  for (const attribute of SET_ATTRIBUTES) {
    names[`#${attribute}`] = attribute;
    values[`:${attribute}`] = next[attribute];
    assignments.push(`#${attribute} = :${attribute}`);
  }
  let expression = `SET ${assignments.join(', ')}`;
  if (next.finishedWrites.length > 0) {
    names['#pendingWrites'] = 'pendingWrites';
    values[':finishedWrites'] = new Set(next.finishedWrites);
    expression += ' DELETE #pendingWrites :finishedWrites';
  }
  if (expected !== null) values[':expected'] = expected;
  const unmoved = expected === null ? 'attribute_not_exists(#manifest)' : '#manifest = :expected';
  return {
    Key: databaseKey(databaseId),
    UpdateExpression: expression,
    ConditionExpression: `#status = :ready AND ${unmoved}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  } satisfies Omit<UpdateCommandInput, 'TableName'>;
}

/** Keeps the pointer of one database in its item of the Databases table. */
export function createDynamoDbPointerStore(databases: DatabaseTable, databaseId: string): PointerStore {
  async function read(): Promise<Pointer> {
    const { manifest, version } = await readAttributes(databases, databaseId);
    return { manifest: manifest ?? null, version: version ?? FIRST_VERSION };
  }

  /**
   * The SDK repeats an update whose answer was lost; the repetition then fails although the update was made. Others may have moved the
   * pointer on since, but nothing else takes back the announcement of a write whose commit is under way.
   */
  async function explainFailedCondition({ manifest: made, finishedWrites }: PointerUpdate): Promise<boolean> {
    const { manifest, status, pendingWrites } = await readAttributes(databases, databaseId);
    const isFinished =
      finishedWrites.length > 0 && !finishedWrites.some((write) => pendingWrites?.has(write));
    if (manifest === made || isFinished) return true;
    if (status === 'READY') return false;
    throw new VectorDbError(
      'Unavailable',
      `The database "${databaseId}" is ${status}; writes need it READY.`,
    );
  }

  async function compareAndSet(expected: string | null, next: PointerUpdate): Promise<boolean> {
    const update = buildUpdate(databaseId, expected, next);
    try {
      await databases.client.send(new UpdateCommand({ TableName: databases.table, ...update }));
      return true;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
      return await explainFailedCondition(next);
    }
  }

  async function mapErrors<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw toEngineError(error, databaseId);
    }
  }
  return {
    read: () => mapErrors(read()),
    compareAndSet: (expected, next) => mapErrors(compareAndSet(expected, next)),
  };
}
