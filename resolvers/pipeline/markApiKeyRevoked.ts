import { runtime, util, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import type { ApiKeyItem } from '../shared/items.ts';
import type { RevokeApiKeyContext } from '../shared/revoke-api-key-context.ts';
import { setAttributes } from '../shared/update-request.ts';

/** Revokes the key that was read, unless it is revoked already: then the first time stays. */
export function request(ctx: RevokeApiKeyContext): DynamoDBUpdateItemRequest {
  if (ctx.stash.key.revokedAt) runtime.earlyReturn({});
  const changes = { revokedAt: util.time.nowISO8601(), status: 'REVOKED' };
  return setAttributes({ pk: ctx.args.id }, changes, {
    expression: 'attribute_exists(#pk)',
    names: { '#pk': 'pk' },
    values: {},
  });
}

export function response(ctx: RevokeApiKeyContext<ApiKeyItem>): unknown {
  if (ctx.error) failDataSource(ctx);
  ctx.stash.key = ctx.result;
  return {};
}
