import { util, type Context } from '@aws-appsync/utils';
import { ChunkingInput, CreateDatabaseInput } from '../../schema/constraints.json';
import { checkFields } from './check-fields.ts';
import { chooseEmbedding } from './choose-embedding.ts';
import { fail } from './fail.ts';

/** Returns how files are cut: what the caller chose, the defaults of constraints.json, and never more than half as overlap. */
function chooseChunking(ctx: Context, given: any): Record<string, unknown> {
  checkFields(ctx, ChunkingInput, given, 'input.chunking.');
  const maxTokens = given.maxTokens ?? ChunkingInput.maxTokens.default;
  const half = Math.floor(maxTokens / 2);
  const overlapTokens = given.overlapTokens ?? Math.min(ChunkingInput.overlapTokens.default, half);
  if (overlapTokens > half) {
    const field = 'input.chunking.overlapTokens';
    fail(
      ctx,
      'VALIDATION',
      `${field} is ${overlapTokens}; it must be at most half of maxTokens, which is ${half}.`,
      { field, limit: half, actual: overlapTokens },
    );
  }
  return { strategy: given.strategy ?? ChunkingInput.strategy.default, maxTokens, overlapTokens };
}

/** Returns everything that a caller decides about a new database, checked and with defaults, always in the same order. */
export function chooseSettings(ctx: Context): Record<string, any> {
  const input = ctx.args.input;
  checkFields(ctx, CreateDatabaseInput, input, 'input.');
  const engine = input.engine ?? CreateDatabaseInput.engine.default;
  if (engine !== 'SEGMENTS') {
    fail(ctx, 'UNAVAILABLE', `The engine ${engine} is not available in this version.`, {
      field: 'input.engine',
      limit: 'SEGMENTS',
      actual: engine,
      hint: 'Leave engine out, or use SEGMENTS.',
      retryable: false,
    });
  }
  const embedding = chooseEmbedding(ctx, input.embedding ?? null, input.dimension ?? null);
  return {
    name: input.name.trim(),
    description: input.description ?? null,
    dimension: embedding ? embedding.dimension : input.dimension,
    metric: input.metric ?? CreateDatabaseInput.metric.default,
    engine,
    embedding,
    chunking: chooseChunking(ctx, input.chunking ?? {}),
  };
}

/** Returns the item of a new, empty database. Ids sort by creation, and so do lists of databases. */
export function newDatabase(settings: Record<string, any>): Record<string, any> {
  const now = util.time.nowISO8601();
  return {
    id: util.autoUlid(),
    ...settings,
    status: 'READY',
    version: '000000000000',
    generation: 1,
    vectorCount: 0,
    fileCount: 0,
    storageBytes: 0,
    metadataFields: [],
    createdAt: now,
    updatedAt: now,
  };
}
