import { runtime, util } from '@aws-appsync/utils';
import { 'Query.getVector' as rules } from '../schema/constraints.json';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { GetVectorContext, GetVectorStash } from './shared/get-vector-context.ts';
import type { RecordItem } from './shared/items.ts';

function parseChunkId(id: string): GetVectorStash['chunk'] {
  if (!util.matches('^[0-9a-f-]{36}:[0-9]{1,6}:[0-9]{1,8}$', id)) return null;
  const parts = id.split(':');
  return { fileId: parts[0]!, fileVersion: +parts[1]!, chunkIndex: +parts[2]! };
}

/** Reads one vector or chunk; null when it or its database does not exist or is not the caller's to know of. */
export function request(ctx: GetVectorContext): Record<string, unknown> {
  const { databaseId, id } = ctx.args;
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, databaseId)) runtime.earlyReturn(null);
  ctx.stash.chunk = parseChunkId(id);
  return {};
}

export function response(ctx: GetVectorContext): RecordItem | null {
  return ctx.stash.record ?? null;
}
