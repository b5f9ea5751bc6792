import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { handleOperations } from '../shared/handle-operations.ts';
import { INGESTION_LIMITS } from '../ingestion/limits.ts';
import { previewChunks } from './preview-chunks.ts';

const deps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  timeMs: INGESTION_LIMITS.previewMs,
};

export const handler = handleOperations({
  single: { previewChunks: (request) => previewChunks(deps, request) },
});
