import type { Context } from '@aws-appsync/utils';
import { EmbeddingInput } from '../../schema/constraints.json';
import { checkFields } from './check-fields.ts';
import { embeddingModels, type EmbeddingModel } from '../embedding-models.ts';
import { fail } from './fail.ts';

interface Embedding {
  provider: string;
  model: string;
  dimension: number;
}

function findModels(ctx: Context, provider: string): EmbeddingModel[] {
  if (provider === 'transformers') {
    fail(ctx, 'UNAVAILABLE', 'The embedding provider "transformers" is not available in this version.', {
      field: 'input.embedding.provider',
      limit: Object.keys(embeddingModels).join(', '),
      actual: provider,
      retryable: false,
    });
  }
  if (!Object.hasOwn(embeddingModels, provider)) {
    const providers = Object.keys(embeddingModels).join(', ');
    fail(ctx, 'VALIDATION', `There is no embedding provider "${provider}"; there are ${providers}.`, {
      field: 'input.embedding.provider',
      limit: providers,
      actual: provider,
    });
  }
  return embeddingModels[provider]!;
}

/** An endpoint that is compatible with OpenAI may serve any model: then only the caller knows its dimension. */
function unlistedModel(
  ctx: Context,
  given: { provider: string; model: string },
  dimension: number | null,
): Embedding {
  const { provider, model } = given;
  const known = embeddingModels[provider]!.map((candidate) => candidate.model).join(', ');
  if (provider !== 'openai') {
    fail(
      ctx,
      'VALIDATION',
      `The embedding provider "${provider}" has no model "${model}"; it has ${known}.`,
      { field: 'input.embedding.model', limit: known, actual: model },
    );
  }
  if (dimension === null) {
    fail(
      ctx,
      'VALIDATION',
      `The dimension of the model "${model}" is not known: input.dimension is required with it.`,
      { field: 'input.dimension', hint: `Models of known dimension are ${known}.` },
    );
  }
  return { provider, model, dimension: dimension! };
}

/** Returns the embedding of a new database, or null when the caller brings vectors of `dimension`. */
export function chooseEmbedding(ctx: Context, given: any, dimension: number | null): Embedding | null {
  if (given === null && dimension !== null) return null;
  const provider = given?.provider ?? 'local';
  checkFields(ctx, EmbeddingInput, given ?? {}, 'input.embedding.');
  const models = findModels(ctx, provider);
  const model = given?.model ?? models[0]!.model;
  const known = models.find((candidate) => candidate.model === model);
  if (!known) return unlistedModel(ctx, { provider, model }, dimension);
  if (dimension !== null && known.dimensions.indexOf(dimension) < 0) {
    const possible = known.dimensions.join(', ');
    fail(
      ctx,
      'DIMENSION_MISMATCH',
      `The model "${model}" cannot make vectors of dimension ${dimension}; it makes ${possible}.`,
      { field: 'input.dimension', limit: possible, actual: dimension },
    );
  }
  return { provider, model, dimension: dimension ?? known.dimensions[0]! };
}
