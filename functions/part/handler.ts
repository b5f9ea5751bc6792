import { connectIngestion, openGuardedEngine } from '../ingestion/connect.ts';
import { handleQueue } from '../ingestion/handle-queue.ts';
import { processPart } from '../ingestion/part/process-part.ts';
import type { PartMessage } from '../ingestion/storage/send-message.ts';
import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { openEmbedder } from '../shared/open-embedder.ts';

const deps = {
  ...connectIngestion(),
  records: { client: getDocumentClient(), table: readEnvironment('VECTOR_DATA_TABLE') },
  openEngine: openGuardedEngine,
  openEmbedder,
};

export const handler = handleQueue(deps.maintenanceQueue, (body, delivery) =>
  processPart(deps, JSON.parse(body) as PartMessage, delivery),
);
