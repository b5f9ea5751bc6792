import type { Rejection } from '../../schema/generated/types.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type { Draft } from './draft.ts';
import { rejectEntry } from './rejection.ts';

const NO_EMBEDDING =
  'values are missing, and this database has no embedding to make them from text; give values or valuesBase64.';

/** Fills in the values of drafts that have text alone; those that cannot have any are rejected. */
export async function embedDrafts(
  drafts: Draft[],
  embedder: EmbeddingProvider | null,
): Promise<{ drafts: Draft[]; rejected: Rejection[] }> {
  const waiting = drafts.filter((draft) => draft.values === null);
  if (waiting.length === 0) return { drafts, rejected: [] };
  if (!embedder) {
    const rejected = waiting.map(({ index, id }) => rejectEntry(index, id, 'VALIDATION', NO_EMBEDDING));
    return { drafts: drafts.filter((draft) => draft.values !== null), rejected };
  }
  const { vectors } = await embedder.embed(
    waiting.map(({ text }) => text as string),
    'DOCUMENT',
  );
  const valuesOf = new Map(waiting.map((draft, place) => [draft, vectors[place] as Float32Array]));
  return {
    drafts: drafts.map((draft) => ({ ...draft, values: valuesOf.get(draft) ?? draft.values })),
    rejected: [],
  };
}
