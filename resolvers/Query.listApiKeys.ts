import type { Context } from '@aws-appsync/utils';
import { 'Query.listApiKeys' as rules } from '../schema/constraints.json';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';

/** Lists keys, revoked and expired ones too. */
export function request(ctx: Context): Record<string, unknown> {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  return {};
}

export function response(ctx: Context): unknown {
  return { items: ctx.stash.keys, nextToken: ctx.stash.nextToken };
}
