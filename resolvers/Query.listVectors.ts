import { 'Query.listVectors' as rules } from '../schema/constraints.json';
import type { RecordItem } from './shared/items.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { ListVectorsContext } from './shared/list-vectors-context.ts';
import { encodePageToken } from './shared/page-token.ts';
import { decodeVectorPosition } from './shared/vector-position.ts';

/** Lists the vectors that belong to no file, then the chunks file by file; with `fileId` the chunks of that file. */
export function request(ctx: ListVectorsContext): Record<string, unknown> {
  authorizeDatabase(ctx, 'READ', ctx.args.databaseId, 'databaseId');
  checkFields(ctx, rules, ctx.args, '');
  ctx.stash.position = decodeVectorPosition(ctx, !!ctx.args.fileId);
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  ctx.stash.items = [];
  ctx.stash.next = null;
  ctx.stash.file = null;
  ctx.stash.hasMoreFiles = false;
  return {};
}

export function response(ctx: ListVectorsContext): { items: RecordItem[]; nextToken: string | null } {
  const { items, next } = ctx.stash;
  return { items, nextToken: next ? encodePageToken(ctx, [next.phase, next.name, next.after]) : null };
}
