import type { QueryPreviewChunksArgs } from '../../schema/generated/types.ts';
import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { previewChunks, type PreviewDeps } from './preview-chunks.ts';

const deps: PreviewDeps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  now: () => Date.now(),
};

export const handler = handleOperations({
  single: {
    previewChunks: (request: FunctionRequest<QueryPreviewChunksArgs>) => previewChunks(deps, request),
  },
});
