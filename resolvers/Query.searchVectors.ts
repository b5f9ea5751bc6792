import type { SearchResult } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import { joinHits, type JoinedHit, type SearchContext } from './shared/join-hits.ts';

type JoinedResult = Pick<SearchResult, 'version' | 'stats'> & {
  hits: JoinedHit[];
  groups: { databaseId: string; fileId: string | null; hits: JoinedHit[] }[] | null;
};

/** Searches through the search function, which ranks; the records of the hits are read here unless it has read them. */
export function request(ctx: SearchContext): Record<string, unknown> {
  const { databaseId } = ctx.args.input;
  ctx.stash.caller = authorizeDatabase(ctx, 'SEARCH', databaseId, 'input.databaseId');
  return {};
}

export function response(ctx: SearchContext): JoinedResult {
  const { groups, version, stats } = ctx.stash.answer;
  const { databaseId } = ctx.args.input;
  const hits = joinHits(ctx);
  const grouped = groups?.map((group) => ({
    databaseId,
    fileId: group.fileId,
    hits: hits.filter((hit) => group.ids.indexOf(hit.id) >= 0),
  }));
  return { hits, groups: grouped ?? null, version, stats };
}
