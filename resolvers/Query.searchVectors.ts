import type { Context } from '@aws-appsync/utils';
import { authorizeDatabase } from './shared/authorize.ts';
import { joinHits } from './shared/join-hits.ts';

/** Searches through the search function, which ranks; the records of the hits are read here unless it has read them. */
export function request(ctx: Context): Record<string, unknown> {
  ctx.stash.caller = authorizeDatabase(ctx, 'SEARCH', ctx.args.input.databaseId, 'input.databaseId');
  return {};
}

export function response(ctx: Context): unknown {
  const { answer, records } = ctx.stash;
  const hits = joinHits(ctx, answer.hits, records);
  const groups = answer.groups?.map((group: any) => ({
    databaseId: ctx.args.input.databaseId,
    fileId: group.fileId,
    hits: hits.filter((hit) => group.ids.indexOf(hit.id) >= 0),
  }));
  return { hits, groups: groups ?? null, version: answer.version, stats: answer.stats };
}
