import { connectIngestion, connectQueue } from '../ingestion/connect.ts';
import { handleQueue } from '../ingestion/handle-queue.ts';
import { planFile } from '../ingestion/plan/plan-file.ts';
import { readPlanMessage } from '../ingestion/plan/read-plan-message.ts';

const deps = {
  ...connectIngestion(),
  planQueue: connectQueue('PLAN_QUEUE_URL'),
  partsQueue: connectQueue('PARTS_QUEUE_URL'),
};

export const handler = handleQueue(deps.maintenanceQueue, async (body, delivery) => {
  for (const version of readPlanMessage(body)) await planFile(deps, version, delivery);
});
