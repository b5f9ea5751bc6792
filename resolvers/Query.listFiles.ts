import { 'Query.listFiles' as rules } from '../schema/constraints.json';
import { authorizeDatabase } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { ListFilesContext } from './shared/list-files-context.ts';

/** Lists the files of a database; NOT_FOUND when the database does not exist. */
export function request(ctx: ListFilesContext): Record<string, unknown> {
  authorizeDatabase(ctx, 'READ', ctx.args.databaseId, 'databaseId');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  return {};
}

export function response(ctx: ListFilesContext): unknown {
  return ctx.prev.result;
}
