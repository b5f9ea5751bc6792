import type { DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { fail, failDataSource } from '../shared/fail.ts';
import type { ApiKeyItem } from '../shared/items.ts';
import type { RevokeApiKeyContext } from '../shared/revoke-api-key-context.ts';
import { getItem } from '../shared/table-requests.ts';

/** Reads the key that `id` names into the stash; NOT_FOUND when it does not exist. */
export function request(ctx: RevokeApiKeyContext): DynamoDBGetItemRequest {
  return getItem({ pk: ctx.args.id });
}

export function response(ctx: RevokeApiKeyContext<ApiKeyItem | null>): unknown {
  if (ctx.error) failDataSource(ctx);
  const actual = ctx.args.id.slice(0, 64);
  ctx.stash.key =
    ctx.result ?? fail(ctx, 'NOT_FOUND', `There is no key "${actual}".`, { field: 'id', actual });
  return {};
}
