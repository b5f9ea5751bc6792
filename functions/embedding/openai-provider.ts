import { countTokens } from '../ingestion/chunk/count-tokens.ts';
import { RequestError } from '../shared/request-error.ts';
import { createRemoteProvider, type EmbedCall, PassingFailure } from './embed-in-batches.ts';
import type { EmbeddingProvider } from './embedding-provider.ts';

/** Where an OpenAI-compatible service is, and the key for it. */
export interface OpenAiAccess {
  baseUrl: string;
  apiKey: string;
}

/** What OpenAI takes in one call; compatible servers mostly take less, so that a batch stays small. */
const MAX_BATCH = 64;
/** The models read 8,191 tokens; one character takes at most about two. */
const MAX_CHARACTERS = 4_000;
const MAX_BATCH_CHARACTERS = 200_000;
const SHOWN_LENGTH = 300;
const MAX_RETRY_AFTER_MS = 8_000;

interface EmbeddingsAnswer {
  data: { index: number; embedding: number[] }[];
  usage?: { total_tokens?: number };
}

function readRetryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : null;
}

async function toError(response: Response, model: string): Promise<Error> {
  const shown = (await response.text()).slice(0, SHOWN_LENGTH);
  if (response.status === 429 || response.status >= 500 || response.status === 408) {
    return new PassingFailure(`it answered status ${response.status}.`, readRetryAfter(response));
  }
  if (response.status === 401 || response.status === 403) {
    const message = `The embedding service refused the key (status ${response.status}); check the secret that OPENAI_SECRET_ARN names.`;
    return new RequestError('UNAVAILABLE', message, { field: 'embedding.provider' });
  }
  const message = `The embedding service refused the request for model "${model}" with status ${response.status}: ${shown}`;
  return new RequestError('VALIDATION', message, { field: 'embedding.model' });
}

function readVectors(answer: EmbeddingsAnswer): number[][] {
  if (!Array.isArray(answer.data)) throw new PassingFailure('its answer has no list of embeddings.');
  return [...answer.data].sort((left, right) => left.index - right.index).map(({ embedding }) => embedding);
}

function trimSlashes(url: string): string {
  return url.replace(/\/+$/, '');
}

async function post(access: OpenAiAccess, body: object, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`${trimSlashes(access.baseUrl)}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${access.apiKey}` },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
  } catch (error) {
    throw new PassingFailure(`the call to ${access.baseUrl} did not succeed.`, null, { cause: error });
  }
}

/** Makes the provider for any service that speaks OpenAI's embeddings API; `readAccess` is asked once, at the first call. */
export function createOpenAiProvider(
  model: string,
  dimension: number,
  readAccess: () => Promise<OpenAiAccess>,
): EmbeddingProvider {
  let access: Promise<OpenAiAccess> | undefined;

  function getAccess(): Promise<OpenAiAccess> {
    access ??= readAccess().catch((error: unknown) => {
      access = undefined;
      throw error;
    });
    return access;
  }

  const call: EmbedCall = async (texts, _kind, signal) => {
    // Only the third generation of OpenAI's models can shorten its vectors; other servers refuse the field.
    const shortening = model.startsWith('text-embedding-3') ? { dimensions: dimension } : {};
    const response = await post(
      await getAccess(),
      { model, input: texts, encoding_format: 'float', ...shortening },
      signal,
    );
    if (!response.ok) throw await toError(response, model);
    const answer = (await response.json()) as EmbeddingsAnswer;
    const tokens = answer.usage?.total_tokens ?? texts.reduce((sum, text) => sum + countTokens(text), 0);
    return { vectors: readVectors(answer), tokens };
  };
  const limits = {
    maxBatch: MAX_BATCH,
    maxCharacters: MAX_CHARACTERS,
    maxBatchCharacters: MAX_BATCH_CHARACTERS,
  };
  const provider = createRemoteProvider({ name: 'openai', model, dimension, ...limits }, call);
  return { ...provider, readSource: async () => trimSlashes((await getAccess()).baseUrl) };
}
