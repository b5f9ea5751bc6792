import type {
  MutationDeleteVectorsArgs,
  MutationUpdateVectorsArgs,
  MutationUpsertVectorsArgs,
} from '../../schema/generated/types.ts';
import { getDocumentClient, getQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { openEmbedder } from '../shared/open-embedder.ts';
import { openEngine, openGuarded } from '../shared/open-database.ts';
import { deleteVectors } from './delete-vectors.ts';
import { type ReadValuesArguments, readVectorValues } from './read-values.ts';
import { updateVectors } from './update-vectors.ts';
import { upsertVectors } from './upsert-vectors.ts';
import type { VectorDeps } from './vector-deps.ts';

const deps: VectorDeps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  records: { client: getDocumentClient(), table: readEnvironment('VECTOR_DATA_TABLE') },
  maintenance: { client: getQueueClient(), queueUrl: readEnvironment('MAINTENANCE_QUEUE_URL') },
  openEngine,
  openGuarded,
  openEmbedder,
};

export const handler = handleOperations({
  single: {
    upsertVectors: ({ arguments: args, caller }: FunctionRequest<MutationUpsertVectorsArgs>) =>
      upsertVectors(deps, args, caller),
    updateVectors: ({ arguments: args, caller }: FunctionRequest<MutationUpdateVectorsArgs>) =>
      updateVectors(deps, args, caller),
    deleteVectors: ({ arguments: args, caller }: FunctionRequest<MutationDeleteVectorsArgs>) =>
      deleteVectors(deps, args, caller),
  },
  batch: {
    readValues: (requests: FunctionRequest<ReadValuesArguments>[]) => readVectorValues(deps, requests),
  },
});
