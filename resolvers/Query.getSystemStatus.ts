import type { Context, DynamoDBQueryRequest } from '@aws-appsync/utils';
import {
  'Mutation.upsertVectors' as upsert,
  'Query.listVectors' as list,
  CreateDatabaseInput,
  RequestUploadInput,
  SearchInput,
} from '../schema/constraints.json';
import { authorize } from './shared/authorize.ts';
import { embeddingModels } from './embedding-models.ts';
import { failDataSource } from './shared/fail.ts';
import { LAST, queryRange } from './shared/table-requests.ts';

/** A list entry takes some 150 bytes: this many stay below the 1 MB of one query. */
const MAX_COUNTED = 5_000;

/** Says what is running and what it allows; a key that is limited to databases counts only those. */
export function request(ctx: Context): DynamoDBQueryRequest {
  ctx.stash.caller = authorize(ctx, 'READ');
  return queryRange({ pk: 'DATABASES', from: 'DATABASE#', to: `DATABASE#${LAST}`, limit: MAX_COUNTED });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const allowed = ctx.stash.caller.databaseIds;
  const limits = {
    dimension: CreateDatabaseInput.dimension.max,
    topK: SearchInput.topK.max,
    vectorsPerWrite: upsert.vectors.maxItems,
    fileBytes: RequestUploadInput.sizeBytes.max,
    pageItems: list.limit.max,
    databasesCounted: MAX_COUNTED,
    isDatabaseCountExact: allowed !== null || !ctx.result.nextToken,
  };
  const entries = ctx.result.items.filter((entry: any) => allowed === null || allowed.indexOf(entry.id) >= 0);
  return {
    version: ctx.env.VERSION,
    region: ctx.env.REGION,
    mode: ctx.env.STACK_UUID === 'local' ? 'local' : 'aws',
    databases: entries.length,
    embeddingProviders: Object.keys(embeddingModels),
    limits: JSON.stringify(limits),
  };
}
