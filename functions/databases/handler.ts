import type { MutationDeleteDatabaseArgs } from '../../schema/generated/types.ts';
import { getDocumentClient, getQueueClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { deleteDatabase, type DeleteDeps } from './delete-database.ts';

const deps: DeleteDeps = {
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  maintenance: { client: getQueueClient(), queueUrl: readEnvironment('MAINTENANCE_QUEUE_URL') },
};

export const handler = handleOperations({
  single: {
    deleteDatabase: ({ arguments: args, caller }: FunctionRequest<MutationDeleteDatabaseArgs>) =>
      deleteDatabase(deps, args.id, caller),
  },
});
