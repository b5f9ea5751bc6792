import type { QuerySearchVectorsArgs, SearchResult } from '../../schema/generated/types.ts';
import type { Caller } from './authorize.ts';
import { fail } from './fail.ts';
import type { FieldContext } from './field-context.ts';
import type { RecordItem } from './items.ts';

/** A hit as the search function answers it: with the key of its record. */
export interface RankedHit {
  id: string;
  pk: string;
  sk: string;
  score: number;
  fileId: string | null;
}

/** What the search function answers. */
export interface SearchAnswer {
  hits: RankedHit[];
  groups: { fileId: string | null; ids: string[] }[] | null;
  version: string;
  stats: SearchResult['stats'];
  /** Null when the records are left to be read. */
  records: RecordItem[] | null;
}

/** What the steps of searchVectors tell each other. */
export interface SearchStash {
  caller: Caller;
  answer: SearchAnswer;
  records: RecordItem[];
}

/** The context of a step of searchVectors. */
export type SearchContext<Result = unknown> = FieldContext<QuerySearchVectorsArgs, SearchStash, Result>;

/** A hit with what its record holds; `databaseId` is there for the fields that are resolved below it. */
export type JoinedHit = RankedHit & { databaseId: string };

/** Returns the hits with what their records hold, in their order. */
export function joinHits(ctx: SearchContext): JoinedHit[] {
  const { hits } = ctx.stash.answer;
  const { databaseId } = ctx.args.input;
  const byKey: Record<string, RecordItem> = {};
  for (const record of ctx.stash.records) byKey[`${record.pk}\n${record.sk}`] = record;
  const missing = hits.filter((hit) => !byKey[`${hit.pk}\n${hit.sk}`]).length;
  if (missing > 0) {
    const message = `${missing} of ${hits.length} records were removed while this search ran; search again.`;
    fail(ctx, 'UNAVAILABLE', message, { limit: hits.length, actual: missing });
  }
  return hits.map((hit) => {
    const record = byKey[`${hit.pk}\n${hit.sk}`];
    return {
      ...hit,
      databaseId,
      text: record?.text ?? null,
      metadata: record?.metadata ?? null,
      page: record?.page ?? null,
      startOffset: record?.startOffset ?? null,
      endOffset: record?.endOffset ?? null,
    };
  });
}
