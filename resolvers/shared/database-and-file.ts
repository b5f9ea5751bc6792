import type { BatchResult, FieldContext } from './field-context.ts';
import type { DatabaseItem, FileItem } from './items.ts';
import { liveDatabase, readBatch } from './table-requests.ts';

/** Returns the database and the file of a batch that asked for them; null for what does not exist. */
export function readDatabaseAndFile(
  ctx: FieldContext<unknown, unknown, BatchResult<DatabaseItem | FileItem>>,
): { database: DatabaseItem | null; file: FileItem | null } {
  const items = readBatch(ctx, ctx.env.DATABASES_TABLE);
  const database = items.find((item) => item.sk === 'DATABASE') as DatabaseItem | undefined;
  const file = items.find((item) => item.sk !== 'DATABASE') as FileItem | undefined;
  return { database: liveDatabase(database), file: file ?? null };
}
