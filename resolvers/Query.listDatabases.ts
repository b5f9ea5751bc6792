import type { Context } from '@aws-appsync/utils';
import { 'Query.listDatabases' as rules } from '../schema/constraints.json';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { encodePageToken } from './shared/page-token.ts';

/** Lists databases in the order of their creation. With `nameContains` a page is cut from more entries than it may hold. */
export function request(ctx: Context): Record<string, unknown> {
  ctx.stash.caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  return {};
}

export function response(ctx: Context): unknown {
  const { ids, hasMore, databases } = ctx.stash;
  const text = (ctx.args.nameContains ?? '').toLowerCase();
  const matching = databases.filter((database: any) => database.name.toLowerCase().indexOf(text) >= 0);
  const items = matching.slice(0, ctx.stash.limit);
  const isCut = items.length < matching.length;
  const lastId = isCut ? items[items.length - 1].id : ids[ids.length - 1];
  return { items, nextToken: isCut || hasMore ? encodePageToken(ctx, [lastId]) : null };
}
