import { runtime, util, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import type { CreateDatabaseContext } from '../shared/create-database-context.ts';
import type { NewDatabase } from '../shared/database-settings.ts';
import { fail, failDataSource } from '../shared/fail.ts';
import { getItem } from '../shared/table-requests.ts';

interface TokenItem {
  settings: string;
  database: NewDatabase;
  isFinished: boolean;
  tokenUntilMs: number;
}

/** Looks whether this clientRequestToken has created a database before. */
export function request(ctx: CreateDatabaseContext): DynamoDBGetItemRequest {
  return ctx.stash.tokenKey ? getItem(ctx.stash.tokenKey) : runtime.earlyReturn({});
}

export function response(ctx: CreateDatabaseContext<TokenItem | null>): unknown {
  if (ctx.error) failDataSource(ctx);
  const known = ctx.result;
  if (!known || known.tokenUntilMs < util.time.nowEpochMilliSeconds()) return {};
  if (known.settings !== ctx.stash.settings) {
    fail(ctx, 'CONFLICT', 'This clientRequestToken was used with other input before.', {
      field: 'input.clientRequestToken',
      hint: 'Use a new token for a new request; repeat a request with exactly the same input.',
    });
  }
  ctx.stash.database = known.database;
  ctx.stash.isClaimed = true;
  ctx.stash.isFinished = known.isFinished;
  return {};
}
