import { countTokens } from '../../ingestion/chunk/count-tokens.ts';
import { RequestError } from '../../shared/request-error.ts';
import { createRemoteProvider, type EmbedCall } from '../embed-in-batches.ts';
import type { EmbeddingKind, EmbeddingProvider } from '../embedding-provider.ts';
import type { ExtractFeatures, Transformers } from './load-transformers.ts';

/** How a model was trained to be used. */
interface ModelUse {
  pooling: 'mean' | 'cls';
  prefixes: Record<EmbeddingKind, string>;
}

const PLAIN: ModelUse = { pooling: 'mean', prefixes: { DOCUMENT: '', QUERY: '' } };

const MODEL_USES: [RegExp, ModelUse][] = [
  [/multilingual-e5/, { pooling: 'mean', prefixes: { DOCUMENT: 'passage: ', QUERY: 'query: ' } }],
  [
    /bge-.*-en-v1[.]5/,
    {
      pooling: 'cls',
      prefixes: { DOCUMENT: '', QUERY: 'Represent this sentence for searching relevant passages: ' },
    },
  ],
];

/** What one run of a model on a CPU takes without holding up its process for long. */
const MAX_BATCH = 16;
/** The models read 512 tokens and drop the rest without a word; a character is one token at most, and prefixes take 12. */
const MAX_CHARACTERS = 490;

async function openModel(load: () => Promise<Transformers>, model: string): Promise<ExtractFeatures> {
  const transformers = await load();
  try {
    return await transformers.pipeline('feature-extraction', model, { dtype: 'fp32' });
  } catch (error) {
    const message = `The model "${model}" cannot be loaded (${(error as Error).message}). It is fetched once, which needs a network, or is put into the folder that VDB_MODELS_FOLDER names.`;
    throw new RequestError('UNAVAILABLE', message, { field: 'embedding.model' }, { cause: error });
  }
}

function toRows({ dims, data }: { dims: number[]; data: ArrayLike<number> }): number[][] {
  const [rows = 0, width = 0] = dims;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (_unused, index) => data[row * width + index] ?? Number.NaN),
  );
}

/** Makes the provider that runs ONNX models in this process; the package and the model are loaded at the first text. */
export function createTransformersProvider(
  model: string,
  dimension: number,
  load: () => Promise<Transformers>,
): EmbeddingProvider {
  const { pooling, prefixes } = MODEL_USES.find(([pattern]) => pattern.test(model))?.[1] ?? PLAIN;
  let opened: Promise<ExtractFeatures> | undefined;

  function open(): Promise<ExtractFeatures> {
    opened ??= openModel(load, model).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  const call: EmbedCall = async (texts, kind) => {
    const extract = await open();
    const prefixed = texts.map((text) => prefixes[kind] + text);
    const vectors = toRows(await extract(prefixed, { pooling, normalize: true }));
    return { vectors, tokens: texts.reduce((sum, text) => sum + countTokens(text), 0) };
  };
  const limits = {
    maxBatch: MAX_BATCH,
    maxCharacters: MAX_CHARACTERS,
    maxBatchCharacters: MAX_BATCH * MAX_CHARACTERS,
    // The model takes all processors already.
    concurrency: 1,
  };
  return createRemoteProvider({ name: 'transformers', model, dimension, ...limits }, call);
}
