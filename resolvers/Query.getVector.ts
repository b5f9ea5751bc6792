import { runtime, util, type Context } from '@aws-appsync/utils';
import { 'Query.getVector' as rules } from '../schema/constraints.json';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';

/** Reads one vector or chunk; null when it or its database does not exist or is not the caller's to know of. */
export function request(ctx: Context): Record<string, unknown> {
  const { databaseId, id } = ctx.args;
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, databaseId)) runtime.earlyReturn(null);
  const isChunk = util.matches('^[0-9a-f-]{36}:[0-9]{1,6}:[0-9]{1,8}$', id);
  const parts = id.split(':');
  ctx.stash.chunk = isChunk ? { fileId: parts[0], fileVersion: +parts[1], index: +parts[2] } : null;
  return {};
}

export function response(ctx: Context): unknown {
  return ctx.stash.record ?? null;
}
