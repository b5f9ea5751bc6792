import type {
  MutationGenerateApiKeyArgs,
  MutationRotateApiKeyArgs,
  QueryValidateApiKeyArgs,
} from '../../schema/generated/types.ts';
import { getDocumentClient, getSecretsClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { RequestError } from '../shared/request-error.ts';
import { generateApiKey, type KeyDeps } from './generate-api-key.ts';
import { createPepperReader } from './pepper.ts';
import { rotateApiKey } from './rotate-api-key.ts';
import { validateApiKey } from './validate-api-key.ts';

const deps: KeyDeps = {
  keys: { client: getDocumentClient(), table: readEnvironment('API_KEYS_TABLE') },
  databases: { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') },
  readPepper: createPepperReader(getSecretsClient(), readEnvironment('KEY_PEPPER_SECRET_ARN')),
};

/** The resolvers and the schema allow only administrators; this holds even if one of them is changed by mistake. */
function forUsers<Arguments>(operation: (args: Arguments) => Promise<unknown>) {
  return async ({ caller, arguments: args }: FunctionRequest<Arguments>) => {
    if (caller.kind !== 'USER') throw new RequestError('FORBIDDEN', 'Only users may work with API keys.');
    return await operation(args);
  };
}

export const handler = handleOperations({
  single: {
    generateApiKey: forUsers(({ input }: MutationGenerateApiKeyArgs) => generateApiKey(deps, input)),
    rotateApiKey: forUsers((args: MutationRotateApiKeyArgs) => rotateApiKey(deps, args)),
    validateApiKey: forUsers((args: QueryValidateApiKeyArgs) => validateApiKey(deps, args)),
  },
});
