import { CODE_BLOCK, type KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

/** One entry of a heap. */
export interface HeapEntry {
  score: number;
  id: number;
}

/** Reads the entries of a heap. */
export function readHeap(memory: LinearMemoryViews, heap: number, size: number): HeapEntry[] {
  const scores = memory.floats(heap, size * 2);
  const ids = memory.integers(heap, size * 2);
  return Array.from({ length: size }, (_, n) => ({ score: scores[n * 2]!, id: ids[n * 2 + 1]! }));
}

/** Writes entries in the given order. */
export function writeEntries(memory: LinearMemoryViews, heap: number, entries: HeapEntry[]): void {
  const scores = memory.floats(heap, entries.length * 2);
  const ids = memory.integers(heap, entries.length * 2);
  entries.forEach((entry, n) => {
    scores[n * 2] = entry.score;
    ids[n * 2 + 1] = entry.id;
  });
}

/** Sorts entries best first: of equal scores the lower id is better. */
export function sortEntries(entries: HeapEntry[]): HeapEntry[] {
  return entries.sort((a, b) => b.score - a.score || a.id - b.id);
}

/** Offers entries to the heap and returns its new size. Worst first is a heap with the worst at its root. */
export function offerEntries(
  memory: LinearMemoryViews,
  target: { heap: number; size: number; k: number },
  offered: HeapEntry[],
): number {
  const all = [...readHeap(memory, target.heap, target.size), ...offered];
  const kept = sortEntries(all).slice(0, target.k);
  writeEntries(memory, target.heap, kept.reverse());
  return kept.length;
}

/** Makes the scalar twins of `top-k.ts`. */
export function scalarTopK(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'measureScores' | 'pushAbove' | 'pushTop' | 'sortTop' | 'uniqueTop'> {
  const { floats, integers } = memory;
  const sortTop = (heap: number, size: number): void => {
    writeEntries(memory, heap, sortEntries(readHeap(memory, heap, size)));
  };
  const withIds = (scores: number, ids: number, count: number): HeapEntry[] => {
    const values = floats(scores, count);
    return Array.from(integers(ids, count), (id, n) => ({ score: values[n]!, id })).filter(
      ({ id }) => id !== CODE_BLOCK.noId,
    );
  };
  return {
    pushTop: (scores, indexes, base, count, heap, heapSize, k) => {
      const values = floats(scores, count);
      const chosen = indexes === 0 ? null : integers(indexes, count);
      const offered = Array.from(values, (score, n) => ({ score, id: base + (chosen?.[n] ?? n) }));
      return offerEntries(memory, { heap, size: heapSize, k }, offered);
    },
    measureScores: (scores, ids, count, out) => {
      const real = withIds(scores, ids, count);
      const best = real.reduce((most, { score }) => (score > most ? score : most), -Infinity);
      floats(out, 2).set([best, real.reduce((sum, { score }) => Math.fround(sum + score), 0)]);
    },
    pushAbove: (scores, ids, count, limit, heap, heapSize, k) => {
      const offered = withIds(scores, ids, count).filter(({ score }) => score >= Math.fround(limit));
      return offerEntries(memory, { heap, size: heapSize, k }, offered);
    },
    sortTop,
    uniqueTop: (heap, size) => {
      const seen = new Set<number>();
      const kept = sortEntries(readHeap(memory, heap, size)).filter(({ id }) => {
        const isNew = !seen.has(id);
        seen.add(id);
        return isNew;
      });
      writeEntries(memory, heap, kept);
      return kept.length;
    },
  };
}
