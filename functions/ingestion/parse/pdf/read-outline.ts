import type { getDocumentProxy } from 'unpdf';
import { cleanText, flattenText } from '../clean-text.ts';
import type { HeadingPath } from '../heading-path.ts';
import type { Heading } from '../section.ts';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;
type OutlineItem = Awaited<ReturnType<PdfDocument['getOutline']>>[number];

/** One line of a document's outline. */
export interface OutlineEntry {
  title: string;
  level: number;
}

const MAX_ENTRIES = 10_000;
const MAX_TITLE = 200;

/** A destination is a list that begins with the page, or the name of such a list. */
async function findPage(document: PdfDocument, dest: OutlineItem['dest']): Promise<number | null> {
  const list: unknown = typeof dest === 'string' ? await document.getDestination(dest) : dest;
  const target: unknown = Array.isArray(list) ? list[0] : null;
  if (typeof target === 'number') return target;
  if (typeof target !== 'object' || target === null) return null;
  return await document.getPageIndex(target as Parameters<PdfDocument['getPageIndex']>[0]);
}

function* flatten(
  items: readonly OutlineItem[],
  level: number,
): Generator<OutlineEntry & { item: OutlineItem }> {
  for (const item of items) {
    const title = flattenText(cleanText(item.title)).slice(0, MAX_TITLE);
    if (title !== '') yield { title, level, item };
    yield* flatten(item.items as OutlineItem[], level + 1);
  }
}

/** Returns the outline's entries by the page that they lead to, counted from 1. Entries that lead nowhere are passed over. */
export async function readOutline(document: PdfDocument): Promise<Map<number, OutlineEntry[]>> {
  const entries = new Map<number, OutlineEntry[]>();
  // A broken outline is no reason to lose the text.
  const items = await document.getOutline().catch(() => null);
  let count = 0;
  for (const { title, level, item } of flatten(items ?? [], 1)) {
    if (++count > MAX_ENTRIES) break;
    const index = await findPage(document, item.dest).catch(() => null);
    if (index === null) continue;
    const ofPage = entries.get(index + 1) ?? [];
    ofPage.push({ title, level });
    entries.set(index + 1, ofPage);
  }
  return entries;
}

function findTitle(text: string, title: string, from: number): number {
  const words = title.split(' ').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(words.join('\\s+'), 'gi');
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}

/** Puts a page's entries at their titles in its text; what is not found there holds from the page's beginning, and goes into the path at once. */
export function placeEntries(text: string, entries: readonly OutlineEntry[], path: HeadingPath): Heading[] {
  const headings: Heading[] = [];
  for (const { title, level } of entries) {
    const offset = findTitle(text, title, headings.at(-1)?.offset ?? 0);
    if (offset >= 0) headings.push({ offset, level, title });
    else if (headings.length === 0) path.pass([{ offset: 0, level, title }]);
  }
  return headings;
}
