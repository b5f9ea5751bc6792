import type { Context } from '@aws-appsync/utils';
import { 'Query.listVectors' as rules } from '../schema/constraints.json';
import { authorizeDatabase } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { decodePageToken, encodePageToken, refusePageToken } from './shared/page-token.ts';

/**
 * Lists the vectors that belong to no file, then the chunks file by file; with `fileId` the chunks of that file. A position is
 * the phase, the file or the vector that the page before ended in, and the sort key after which to go on.
 */
export function request(ctx: Context): Record<string, unknown> {
  authorizeDatabase(ctx, 'READ', ctx.args.databaseId, 'databaseId');
  checkFields(ctx, rules, ctx.args, '');
  const parts = decodePageToken(ctx, 3);
  const position = parts ? { phase: parts[0], name: parts[1], sk: parts[2] } : null;
  if (position && position.phase !== 'own' && position.phase !== 'file') refusePageToken(ctx);
  ctx.stash.position = position;
  ctx.stash.limit = ctx.args.limit ?? rules.limit.default;
  ctx.stash.items = [];
  return {};
}

export function response(ctx: Context): unknown {
  const { items, next } = ctx.stash;
  return { items, nextToken: next ? encodePageToken(ctx, [next.phase, next.name, next.sk]) : null };
}
