import { createPepperReader } from '../keys/pepper.ts';
import { getDocumentClient, getSecretsClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { log } from '../shared/log.ts';
import { authorize, type AuthorizerAnswer, type AuthorizerEvent } from './authorize.ts';

const keys = { client: getDocumentClient(), table: readEnvironment('API_KEYS_TABLE') };
const readPepper = createPepperReader(getSecretsClient(), readEnvironment('KEY_PEPPER_SECRET_ARN'));

/** Answers AppSync whether an API key may call; a failure to find out is thrown, so that it is not cached as a refusal. */
export async function handler(event: AuthorizerEvent): Promise<AuthorizerAnswer> {
  try {
    return await authorize(event, { keys, readPepper, nowMs: Date.now() });
  } catch (error) {
    log.error('an API key could not be checked', error, { requestId: event.requestContext?.requestId });
    throw error;
  }
}
