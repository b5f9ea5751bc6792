import type { QuerySearchVectorsArgs } from '../../schema/generated/types.ts';
import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { openEmbedder } from '../shared/open-embedder.ts';
import { openMetered } from '../shared/open-database.ts';
import { searchVectors, type SearchDeps } from './search-vectors.ts';

const deps: SearchDeps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  records: { client: getDocumentClient(), table: readEnvironment('VECTOR_DATA_TABLE') },
  openMetered,
  openEmbedder,
};

export const handler = handleOperations({
  single: {
    searchVectors: (request: FunctionRequest<QuerySearchVectorsArgs>) => searchVectors(deps, request),
  },
});
