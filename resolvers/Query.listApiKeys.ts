import { 'Query.listApiKeys' as rules } from '../schema/constraints.json';
import type { ApiKeyPage } from '../schema/generated/types.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { ListApiKeysContext } from './shared/list-api-keys-context.ts';

/** Lists keys, revoked and expired ones too. */
export function request(ctx: ListApiKeysContext): Record<string, unknown> {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  return {};
}

export function response(ctx: ListApiKeysContext): ApiKeyPage {
  return { items: ctx.stash.keys, nextToken: ctx.stash.nextToken };
}
