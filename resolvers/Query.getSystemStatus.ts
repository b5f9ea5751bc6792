import type { DynamoDBQueryRequest } from '@aws-appsync/utils';
import {
  'Mutation.upsertVectors' as upsertRules,
  'Query.listVectors' as listRules,
  CreateDatabaseInput as databaseRules,
  RequestUploadInput as uploadRules,
  SearchInput as searchRules,
} from '../schema/constraints.json';
import { embeddingModels } from './embedding-models.ts';
import { authorize, type Caller } from './shared/authorize.ts';
import { failDataSource } from './shared/fail.ts';
import type { FieldContext, QueryResult } from './shared/field-context.ts';
import { LAST, queryRange } from './shared/table-requests.ts';

type StatusContext = FieldContext<unknown, { caller: Caller }, QueryResult<{ id: string }>>;

/** A list entry takes some 150 bytes: this many stay below the 1 MB of one query. */
const MAX_COUNTED = 5_000;

/** Says what is running and what it allows; a key that is limited to databases counts only those. */
export function request(ctx: StatusContext): DynamoDBQueryRequest {
  ctx.stash.caller = authorize(ctx, 'READ');
  return queryRange({ pk: 'DATABASES', from: 'DATABASE#', to: `DATABASE#${LAST}`, limit: MAX_COUNTED });
}

export function response(ctx: StatusContext): Record<string, unknown> {
  if (ctx.error) failDataSource(ctx);
  const allowed = ctx.stash.caller.databaseIds;
  const limits = {
    dimension: databaseRules.dimension.max,
    topK: searchRules.topK.max,
    vectorsPerWrite: upsertRules.vectors.maxItems,
    fileBytes: uploadRules.sizeBytes.max,
    pageItems: listRules.limit.max,
    databasesCounted: MAX_COUNTED,
    isDatabaseCountExact: !ctx.result.nextToken,
  };
  const entries = ctx.result.items.filter(({ id }) => allowed === null || allowed.indexOf(id) >= 0);
  return {
    version: ctx.env.VERSION,
    region: ctx.env.REGION,
    mode: ctx.env.STACK_UUID === 'local' ? 'local' : 'aws',
    databases: entries.length,
    embeddingProviders: Object.keys(embeddingModels),
    limits: JSON.stringify(limits),
  };
}
