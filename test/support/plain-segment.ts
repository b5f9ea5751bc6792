import type { DatabaseConfig, ObjectStore, Row, SegmentReference } from '../../engine/api.ts';
import { contentHash } from '../../engine/format/checksum.ts';
import { encodeContainer, sectionOf } from '../../engine/format/segment-layout.ts';
import { PLAIN_ANALYZER } from '../../engine/index/analyze-text.ts';
import type { KeywordContent, TermRows } from '../../engine/index/index-texts.ts';
import { fieldTypeOf } from '../../engine/index/column.ts';
import { encodeSegment } from '../../engine/segment/encode-segment.ts';
import { contentOfRows } from '../../engine/segment/segment-content.ts';
import { openSegment, readSections } from '../../engine/segment/segment-file.ts';
import { createObjectCache } from '../../engine/storage/object-cache.ts';
import { joinParts, memoryStore } from '../../engine/index.ts';

/** Puts rows as version 1.0 wrote them: words without stems, postings without blocks. */
export async function putPlainSegment(
  store: ObjectStore,
  rows: readonly Row[],
  { dimension, metric, prefix }: DatabaseConfig,
): Promise<SegmentReference> {
  const content = contentOfRows(rows, dimension, metric);
  const keywords: KeywordContent = {
    ...content.keywords,
    analyzer: PLAIN_ANALYZER,
    terms: () => plainTerms(content.keywords),
  };
  const bytes = await withoutBlocks(joinParts(encodeSegment({ ...content, keywords }, null).object));
  const key = `${prefix}segments/${contentHash(bytes)}.seg`;
  await store.put(key, bytes);
  const fields = rows.flatMap(({ metadata }) =>
    Object.entries(metadata).map(([name, value]) => [name, fieldTypeOf(value)] as const),
  );
  return { key, rows: rows.length, sizeBytes: bytes.length, fields: Object.fromEntries(fields) };
}

function* plainTerms({ terms }: KeywordContent): Generator<TermRows> {
  for (const found of terms()) if (!found.term.startsWith('\u0002')) yield found;
}

async function withoutBlocks(bytes: Uint8Array): Promise<Uint8Array> {
  const store = memoryStore();
  await store.put('one', bytes);
  const io = { store, cache: createObjectCache(1 << 20) };
  const file = await openSegment(io, 'one');
  const names = [...file.entries.keys()].filter((name) => name !== 'posting-blocks');
  const sections = await readSections(io, file, names);
  const kept = names.map((name, i) => sectionOf(name, sections[i]!));
  return joinParts(encodeContainer(kept, 1).object);
}
