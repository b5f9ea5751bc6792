import { EmbeddingInput as rules } from '../../schema/constraints.json';
import type { EmbeddingConfig, EmbeddingInput } from '../../schema/generated/types.ts';
import { embeddingModels, type EmbeddingModel } from '../embedding-models.ts';
import { checkFields } from './check-fields.ts';
import { fail } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** The dimension of a new database, and what makes its vectors; null when the caller brings them. */
export interface EmbeddingChoice {
  dimension: number;
  embedding: Omit<EmbeddingConfig, '__typename'> | null;
}

function findModels(ctx: FieldContext, provider: string): EmbeddingModel[] {
  const limit = Object.keys(embeddingModels).join(', ');
  const info = { field: 'input.embedding.provider', limit, actual: provider };
  if (!Object.hasOwn(embeddingModels, provider)) {
    fail(ctx, 'VALIDATION', `There is no embedding provider "${provider}"; there are ${limit}.`, info);
  }
  return embeddingModels[provider]!;
}

function choose(provider: string, model: string, dimension: number): EmbeddingChoice {
  return { dimension, embedding: { provider, model, dimension } };
}

/** An endpoint that is compatible with OpenAI may serve any model: then only the caller knows its dimension. */
function chooseUnlisted(
  ctx: FieldContext,
  given: { provider: string; model: string },
  dimension: number | null,
): EmbeddingChoice {
  const { provider, model } = given;
  const known = embeddingModels[provider]!.map((candidate) => candidate.model).join(', ');
  if (provider !== 'openai') {
    const message = `The embedding provider "${provider}" has no model "${model}"; it has ${known}.`;
    fail(ctx, 'VALIDATION', message, { field: 'input.embedding.model', limit: known, actual: model });
  }
  if (dimension === null) {
    const message = `The dimension of the model "${model}" is not known: input.dimension is required with it.`;
    const hint = `Models of known dimension are ${known}.`;
    return fail(ctx, 'VALIDATION', message, { field: 'input.dimension', hint });
  }
  return choose(provider, model, dimension);
}

/** Returns what makes the vectors of a new database: without any choice it is the local provider. */
export function chooseEmbedding(
  ctx: FieldContext,
  given: EmbeddingInput | null,
  dimension: number | null,
): EmbeddingChoice {
  if (given === null && dimension !== null) return { dimension, embedding: null };
  const provider = given?.provider ?? 'local';
  checkFields(ctx, rules, given ?? {}, 'input.embedding.');
  const models = findModels(ctx, provider);
  const model = given?.model ?? models[0]!.model;
  const known = models.find((candidate) => candidate.model === model);
  if (!known) return chooseUnlisted(ctx, { provider, model }, dimension);
  if (dimension !== null && known.dimensions.indexOf(dimension) < 0) {
    const limit = known.dimensions.join(', ');
    const message = `The model "${model}" cannot make vectors of dimension ${dimension}; it makes ${limit}.`;
    fail(ctx, 'DIMENSION_MISMATCH', message, { field: 'input.dimension', limit, actual: dimension });
  }
  return choose(provider, model, dimension ?? known.dimensions[0]!);
}
