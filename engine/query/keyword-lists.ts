import { corruptData } from '../errors/vector-db-error.ts';
import { stemLanguages, stemLanguage, type QueryWord } from '../index/analyze-text.ts';
import { blocksOfTerm } from '../index/posting-blocks.ts';
import { openPostings, type PostingList } from '../index/posting-list.ts';
import type { TermDictionary } from '../index/postings.ts';
import { checkAnalyzer } from '../segment/check-analyzer.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { guardFormat, readSectionPart, sectionEntry } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import { mapLimited } from '../storage/map-limited.ts';
import type { StoreIo } from '../storage/store-io.ts';

/** The postings of one word of a query in one segment. */
export interface WordLists {
  /** Rows with the word as it is written, but for case and accents. */
  exact: PostingList | null;
  /** Rows with a word of the same stem, by language; no row is in two of them. */
  stems: PostingList[];
}

/** Up to this size all postings of a segment are read at once: a request takes as long as the bytes. */
const WHOLE_BYTES = 1 << 20;
/** Lists of one segment that are read at a time. */
const CONCURRENCY = 16;

/** Reads the postings of the query's words, and nothing else of the postings, unless they are few. */
export async function readWordLists(
  io: StoreIo,
  segment: LoadedSegment,
  words: readonly QueryWord[],
): Promise<WordLists[]> {
  checkAnalyzer(segment.file);
  const languages = languagesOf(segment.terms);
  return mapLimited(words, CONCURRENCY, async ({ term, stems }) => {
    const present = stems.filter((stem) => languages.has(stemLanguage(stem)));
    const [exact, ...found] = await Promise.all([term, ...present].map((one) => readList(io, segment, one)));
    return { exact: exact ?? null, stems: found.filter((list) => list !== null) };
  });
}

const languagesByDictionary = new WeakMap<TermDictionary, Set<string>>();

function languagesOf(dictionary: TermDictionary): Set<string> {
  let languages = languagesByDictionary.get(dictionary);
  if (languages === undefined) {
    languages = stemLanguages(dictionary.terms);
    languagesByDictionary.set(dictionary, languages);
  }
  return languages;
}

async function readList(io: StoreIo, segment: LoadedSegment, term: string): Promise<PostingList | null> {
  const key = `${segment.file.key}#${SECTIONS.postings}:${term}`;
  const cached = io.cache.get(key) as PostingList | undefined;
  if (cached !== undefined) return cached;
  const index = segment.terms.terms.indexOf(term);
  if (index === -1) return null;
  return io.cache.once(key, async () => {
    const { offsets } = segment.terms;
    const bytes = await readBytes(io, segment, { start: offsets[index]!, end: offsets[index + 1]! });
    const list = guardFormat(segment.file.key, () => openList(segment, index, bytes));
    const { lastRows, frequencies } = list.blocks;
    io.cache.set(key, list, bytes.length + lastRows.length * 12 + frequencies.length * 8);
    return list;
  });
}

async function readBytes(
  io: StoreIo,
  { file }: LoadedSegment,
  { start, end }: { start: number; end: number },
): Promise<Uint8Array> {
  const { length } = sectionEntry(file, SECTIONS.postings);
  if (end > length)
    throw corruptData(file.key, `its postings have ${length} bytes, and a list ends at ${end}`);
  if (length <= WHOLE_BYTES) {
    const { postings } = await loadSegment(io, file, [SECTIONS.postings]);
    return postings.subarray(start, end);
  }
  return readSectionPart(io, file, SECTIONS.postings, { offset: start, length: end - start });
}

function openList(
  { rows, lengths, blockIndex }: LoadedSegment,
  index: number,
  bytes: Uint8Array,
): PostingList {
  const bounds = { byteCount: bytes.length, rowCount: rows };
  const blocks = blockIndex === null ? null : blocksOfTerm(blockIndex, index, bounds);
  return openPostings(bytes, blocks, lengths);
}
