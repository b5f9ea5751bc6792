import { util } from '@aws-appsync/utils';
import { ChunkingInput as chunkingRules, CreateDatabaseInput as rules } from '../../schema/constraints.json';
import type {
  ChunkingConfig,
  ChunkingInput,
  ChunkStrategy,
  Database,
  Metric,
  MutationCreateDatabaseArgs,
} from '../../schema/generated/types.ts';
import { checkFields } from './check-fields.ts';
import { chooseEmbedding } from './choose-embedding.ts';
import { fail } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** What a caller decides about a new database. */
export type DatabaseSettings = Pick<
  Database,
  'name' | 'description' | 'dimension' | 'metric' | 'engine' | 'embedding' | 'chunking'
>;

/** The item of a new database, apart from its key. */
export type NewDatabase = Omit<Database, '__typename'> & { generation: number };

/** Returns how files are cut: what the caller chose, the defaults of constraints.json, and never more than half as overlap. */
function chooseChunking(ctx: FieldContext, given: ChunkingInput): ChunkingConfig {
  checkFields(ctx, chunkingRules, given, 'input.chunking.');
  const maxTokens = given.maxTokens ?? chunkingRules.maxTokens.default;
  const half = Math.floor(maxTokens / 2);
  const overlapTokens = given.overlapTokens ?? Math.min(chunkingRules.overlapTokens.default, half);
  if (overlapTokens > half) {
    const field = 'input.chunking.overlapTokens';
    const message = `${field} is ${overlapTokens}; it must be at most half of maxTokens, which is ${half}.`;
    fail(ctx, 'VALIDATION', message, { field, limit: half, actual: overlapTokens });
  }
  const strategy = given.strategy ?? (chunkingRules.strategy.default as ChunkStrategy);
  return { strategy, maxTokens, overlapTokens };
}

/** Returns everything that a caller decides about a new database, checked and with defaults, always in the same order. */
export function chooseSettings(ctx: FieldContext<MutationCreateDatabaseArgs>): DatabaseSettings {
  const input = ctx.args.input;
  checkFields(ctx, rules, input, 'input.');
  const engine = input.engine ?? 'SEGMENTS';
  if (engine !== 'SEGMENTS') {
    fail(ctx, 'UNAVAILABLE', `The engine ${engine} is not available in this version.`, {
      field: 'input.engine',
      limit: 'SEGMENTS',
      actual: engine,
      hint: 'Leave engine out, or use SEGMENTS.',
      retryable: false,
    });
  }
  const choice = chooseEmbedding(ctx, input.embedding ?? null, input.dimension ?? null);
  return {
    name: input.name.trim(),
    description: input.description ?? null,
    dimension: choice.dimension,
    metric: input.metric ?? (rules.metric.default as Metric),
    engine,
    embedding: choice.embedding,
    chunking: chooseChunking(ctx, input.chunking ?? {}),
  };
}

/** Returns a new, empty database. Ids sort by creation, and so do lists of databases. */
export function newDatabase(settings: DatabaseSettings): NewDatabase {
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
