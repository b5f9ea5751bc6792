import { type BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { countTokens } from '../ingestion/chunk/count-tokens.ts';
import { isPassingFailure } from '../shared/function-error.ts';
import { RequestError } from '../shared/request-error.ts';
import { createRemoteProvider, type EmbedCall, PassingFailure } from './embed-in-batches.ts';
import type { EmbeddingKind, EmbeddingProvider } from './embedding-provider.ts';

interface ModelFamily {
  dimensions: readonly number[];
  maxBatch: number;
  maxCharacters: number;
  buildBody(texts: string[], kind: EmbeddingKind, dimension: number): object;
  readVectors(answer: never): number[][];
  readTokens(answer: { inputTextTokenCount?: number }): number | undefined;
}

const INPUT_TYPES: Record<EmbeddingKind, string> = { DOCUMENT: 'search_document', QUERY: 'search_query' };
type CohereAnswer = { embeddings: number[][] | { float: number[][] } };

function readCohere({ embeddings }: CohereAnswer): number[][] {
  return Array.isArray(embeddings) ? embeddings : embeddings.float;
}

const titan: ModelFamily = {
  dimensions: [256, 512, 1024],
  maxBatch: 1,
  // The model takes 8,192 tokens or 50,000 characters, whichever comes first; a character of Chinese can take two tokens.
  maxCharacters: 4_000,
  buildBody: ([inputText], _kind, dimensions) => ({ inputText, dimensions, normalize: true }),
  readVectors: ({ embedding }: { embedding: number[] }) => [embedding],
  readTokens: ({ inputTextTokenCount }) => inputTextTokenCount,
};

const cohere3: ModelFamily = {
  dimensions: [1024],
  maxBatch: 96,
  // The service refuses a longer text.
  maxCharacters: 2_048,
  buildBody: (texts, kind) => ({
    texts,
    input_type: INPUT_TYPES[kind],
    truncate: 'NONE',
    embedding_types: ['float'],
  }),
  readVectors: readCohere,
  readTokens: () => undefined,
};

const cohere4: ModelFamily = {
  ...cohere3,
  dimensions: [256, 512, 1024, 1536],
  maxCharacters: 50_000,
  buildBody: (texts, kind, dimension) => ({
    ...cohere3.buildBody(texts, kind, dimension),
    output_dimension: dimension,
  }),
};

/** Model ids may carry the prefix of an inference profile, such as `eu.`. */
const FAMILIES: [RegExp, ModelFamily][] = [
  [/(^|\.)amazon\.titan-embed-text-v2(:|$)/, titan],
  [/(^|\.)cohere\.embed-(english|multilingual)-v3(:|$)/, cohere3],
  [/(^|\.)cohere\.embed-v4(:|$)/, cohere4],
];

function findFamily(model: string, dimension: number): ModelFamily {
  const family = FAMILIES.find(([pattern]) => pattern.test(model))?.[1];
  if (!family) {
    const message = `The Bedrock model "${model}" is not known; known are amazon.titan-embed-text-v2:0, cohere.embed-english-v3, cohere.embed-multilingual-v3 and cohere.embed-v4:0.`;
    throw new RequestError('VALIDATION', message, { field: 'embedding.model', actual: model });
  }
  if (!family.dimensions.includes(dimension)) {
    const allowed = family.dimensions.join(', ');
    const message = `The Bedrock model "${model}" has no dimension ${dimension}; it has ${allowed}.`;
    throw new RequestError('VALIDATION', message, { field: 'dimension', limit: allowed, actual: dimension });
  }
  return family;
}

const PASSING_NAMES = new Set([
  'ModelNotReadyException',
  'ModelTimeoutException',
  'ServiceUnavailableException',
  'AbortError',
]);
const REFUSALS = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'CredentialsProviderError',
  'ResourceNotFoundException',
]);

/** Codes of a name or an address that does not lead anywhere. */
const UNREACHABLE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']);

function translate(error: unknown, model: string): unknown {
  if (!(error instanceof Error)) return error;
  if (isPassingFailure(error) || PASSING_NAMES.has(error.name))
    return new PassingFailure(`${error.name}.`, null, { cause: error });
  if (REFUSALS.has(error.name)) {
    const message = `Bedrock refused the model "${model}" (${error.name}): enable access to it for this account and region.`;
    return new RequestError('UNAVAILABLE', message, { field: 'embedding.model' }, { cause: error });
  }
  if (UNREACHABLE.has((error as NodeJS.ErrnoException).code ?? '')) {
    const message = `Bedrock cannot be reached from here (${error.message}): the model "${model}" needs a network and AWS credentials.`;
    return new RequestError('UNAVAILABLE', message, { field: 'embedding.provider' }, { cause: error });
  }
  if (error.name !== 'ValidationException') return error;
  return new RequestError(
    'VALIDATION',
    `Bedrock refused the text: ${error.message}`,
    { field: 'text' },
    { cause: error },
  );
}

/** Makes the provider for Titan and Cohere embedding models on Amazon Bedrock. */
export function createBedrockProvider(
  model: string,
  dimension: number,
  getClient: () => BedrockRuntimeClient,
): EmbeddingProvider {
  const family = findFamily(model, dimension);
  const call: EmbedCall = async (texts, kind, signal) => {
    const command = new InvokeModelCommand({
      modelId: model,
      contentType: 'application/json',
      accept: 'application/json',
      body: JSON.stringify(family.buildBody(texts, kind, dimension)),
    });
    try {
      const { body } = await getClient().send(command, { abortSignal: signal });
      const answer = JSON.parse(body.transformToString()) as never;
      const tokens = family.readTokens(answer) ?? texts.reduce((sum, text) => sum + countTokens(text), 0);
      return { vectors: family.readVectors(answer), tokens };
    } catch (error) {
      throw translate(error, model);
    }
  };
  const { maxBatch, maxCharacters } = family;
  // A request to Bedrock takes 20 MB; a tenth of that keeps every call short.
  const limits = { name: 'bedrock', model, dimension, maxBatch, maxCharacters, maxBatchCharacters: 500_000 };
  return createRemoteProvider(limits, call);
}
