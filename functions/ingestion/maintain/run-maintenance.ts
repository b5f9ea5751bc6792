import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { deleteRecords } from '../../shared/records.ts';
import { recordKey, type RecordScope } from '../../shared/record-key.ts';
import type { IngestionMaintenanceMessage } from '../storage/send-message.ts';
import { cleanDatabase } from './clean-database.ts';
import { cleanFile, cleanStaging } from './clean-file.ts';
import type { MaintenanceDeps } from './maintenance-deps.ts';
import { replan } from './replan.ts';
import { sweep, sweepOrphans } from './sweep.ts';
import { sweepWrites } from './sweep-writes.ts';

async function findDatabase(
  { databases }: MaintenanceDeps,
  { databaseId, generation }: RecordScope,
): Promise<DatabaseItem | null> {
  const database = await readDatabase(databases, databaseId);
  return database?.generation === generation ? database : null;
}

async function compact(deps: MaintenanceDeps, scope: RecordScope): Promise<void> {
  const database = await findDatabase(deps, scope);
  if (database) await (await deps.openEngine(database)).compact();
}

/** Does one piece of tidying up; every piece may be done twice. */
export async function runMaintenance(
  deps: MaintenanceDeps,
  message: IngestionMaintenanceMessage,
): Promise<void> {
  switch (message.operation) {
    case 'compact': {
      await compact(deps, message);
      return;
    }
    case 'deleteRecords': {
      await deleteRecords(
        deps.records,
        message.records.map(({ id, writeId }) => recordKey(message, id, writeId)),
      );
      return;
    }
    case 'deleteFile': {
      await cleanFile(deps, message);
      return;
    }
    case 'deleteStaging': {
      await cleanStaging(deps, message);
      return;
    }
    case 'deleteDatabase': {
      await cleanDatabase(deps, message);
      return;
    }
    case 'replan': {
      await replan(deps, message);
      return;
    }
    case 'sweep': {
      await sweep(deps, 'after' in message ? message.after : undefined);
      return;
    }
    case 'sweepWrites': {
      await sweepWrites(deps, message);
      return;
    }
    case 'sweepOrphans': {
      await sweepOrphans(deps, message.databaseId);
      return;
    }
    default:
      throw new Error(
        `There is no maintenance operation "${String((message as { operation?: unknown }).operation)}".`,
      );
  }
}
