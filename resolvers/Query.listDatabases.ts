import { 'Query.listDatabases' as rules } from '../schema/constraints.json';
import type { DatabasePage } from '../schema/generated/types.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { ListDatabasesContext } from './shared/list-databases-context.ts';
import { encodePageToken } from './shared/page-token.ts';

/** Lists databases in the order of their creation. With `nameContains` a page is cut from more entries than it may hold. */
export function request(ctx: ListDatabasesContext): Record<string, unknown> {
  ctx.stash.caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  return {};
}

export function response(ctx: ListDatabasesContext): DatabasePage {
  const { ids, hasMore, databases, limit } = ctx.stash;
  const text = (ctx.args.nameContains ?? '').toLowerCase();
  const matching = databases.filter(({ name }) => name.toLowerCase().indexOf(text) >= 0);
  const items = matching.slice(0, limit);
  const isCut = items.length < matching.length;
  const lastId = isCut ? items[items.length - 1]!.id : ids[ids.length - 1];
  const hasNext = lastId !== undefined && (isCut || hasMore);
  return { items, nextToken: hasNext ? encodePageToken(ctx, [lastId]) : null };
}
