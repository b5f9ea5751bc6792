import { connectIngestion, connectQueue, openGuardedEngine } from '../ingestion/connect.ts';
import { handleQueue, type QueueEvent } from '../ingestion/handle-queue.ts';
import { runMaintenance } from '../ingestion/maintain/run-maintenance.ts';
import type { IngestionMaintenanceMessage } from '../ingestion/storage/send-message.ts';
import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';

const deps = {
  ...connectIngestion(),
  records: { client: getDocumentClient(), table: readEnvironment('VECTOR_DATA_TABLE') },
  planQueue: connectQueue('PLAN_QUEUE_URL'),
  partsQueue: connectQueue('PARTS_QUEUE_URL'),
  openEngine: openGuardedEngine,
};

const handleMessages = handleQueue(deps.maintenanceQueue, (body) =>
  runMaintenance(deps, JSON.parse(body) as IngestionMaintenanceMessage),
);

/** Answers the queue, and the schedule, whose event is the message itself. */
export async function handler(event: QueueEvent | IngestionMaintenanceMessage) {
  if ('Records' in event) return await handleMessages(event);
  await runMaintenance(deps, event);
  return null;
}
