import type { Rejection } from '../../schema/generated/types.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type { Draft } from './draft.ts';
import { rejectEntry } from './rejection.ts';

const NO_EMBEDDING =
  'values are missing, and this database has no embedding to make them from text; give values or valuesBase64.';

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}

/** Fills in the values of drafts that have text alone; those that cannot have any are rejected. */
export async function embedDrafts(
  drafts: Draft[],
  embedder: EmbeddingProvider | null,
): Promise<{ drafts: Draft[]; rejected: Rejection[] }> {
  const rejected: Rejection[] = [];
  const reject = (draft: Draft, message: string) =>
    rejected.push(rejectEntry(draft.index, draft.id, 'VALIDATION', message));
  const waiting = drafts.filter((draft) => draft.values === null);
  if (waiting.length === 0) return { drafts, rejected };
  if (!embedder) {
    for (const draft of waiting) reject(draft, NO_EMBEDDING);
    return { drafts: drafts.filter((draft) => draft.values !== null), rejected };
  }
  const texts = waiting.map((draft) => draft.text as string);
  const embedded = await embedder.embed(texts, 'DOCUMENT');
  const filled = new Map<Draft, Draft>();
  waiting.forEach((draft, place) => {
    const values = embedded.vectors[place] as Float32Array;
    if (isZero(values))
      reject(draft, 'text has no words that the embedding knows; give values, or another text.');
    else filled.set(draft, { ...draft, values });
  });
  const complete = drafts.flatMap((draft) => (draft.values === null ? (filled.get(draft) ?? []) : draft));
  return { drafts: complete, rejected };
}
