import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { getSecretsClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { RequestError } from '../shared/request-error.ts';
import { createBedrockProvider } from './bedrock-provider.ts';
import type { EmbeddingChoice, EmbeddingProvider } from './embedding-provider.ts';
import { createLocalProvider } from './local/local-provider.ts';
import { createOpenAiProvider, type OpenAiAccess } from './openai-provider.ts';
import { readOpenAiSecret } from './read-openai-secret.ts';
import { loadTransformers, type Transformers } from './transformers/load-transformers.ts';
import { createTransformersProvider } from './transformers/transformers-provider.ts';

export interface EmbeddingDependencies {
  getBedrockClient: () => BedrockRuntimeClient;
  readOpenAiAccess: () => Promise<OpenAiAccess>;
  loadTransformers?: () => Promise<Transformers>;
}

const MIN_DIMENSION = 64;
const MAX_DIMENSION = 4096;

let bedrockClient: BedrockRuntimeClient | undefined;

/** The provider retries by itself: retries of the client would multiply with them. */
function getBedrockClient(): BedrockRuntimeClient {
  return (bedrockClient ??= new BedrockRuntimeClient({
    region: readEnvironment('AWS_REGION'),
    maxAttempts: 1,
  }));
}

const defaults: EmbeddingDependencies = {
  getBedrockClient,
  readOpenAiAccess: () => readOpenAiSecret(getSecretsClient),
};

function checkDimension(dimension: number): void {
  if (Number.isInteger(dimension) && dimension >= MIN_DIMENSION && dimension <= MAX_DIMENSION) return;
  const message = `The dimension ${dimension} cannot be embedded; it must be a whole number from ${MIN_DIMENSION} to ${MAX_DIMENSION}.`;
  throw new RequestError('VALIDATION', message, {
    field: 'dimension',
    actual: dimension,
    limit: MAX_DIMENSION,
  });
}

/** Makes the provider that a database chose; nothing is called before the first text. */
export function createEmbeddingProvider(choice: EmbeddingChoice, dependencies = defaults): EmbeddingProvider {
  const { provider, model, dimension } = choice;
  checkDimension(dimension);
  if (provider === 'local') return createLocalProvider(model, dimension);
  if (provider === 'bedrock') return createBedrockProvider(model, dimension, dependencies.getBedrockClient);
  if (provider === 'openai') return createOpenAiProvider(model, dimension, dependencies.readOpenAiAccess);
  if (provider === 'transformers')
    return createTransformersProvider(model, dimension, dependencies.loadTransformers ?? loadTransformers);
  const message = `The embedding provider "${provider}" is not available; available are local, bedrock, openai and transformers.`;
  throw new RequestError('UNAVAILABLE', message, { field: 'embedding.provider', actual: provider });
}
