import type { ObjectParts } from '../api.ts';
import { bytesOf, ByteWriter } from '../format/byte-writer.ts';
import { encodeContainer, sectionOf, type Section } from '../format/segment-layout.ts';
import { writeStringList } from '../format/string-list.ts';
import { encodeColumn } from '../index/column.ts';
import type { VectorIndex } from '../index/build-index.ts';
import { sketchOf } from '../index/distinct-sketch.ts';
import { hashIds } from '../index/id-hashes.ts';
import { encodeKeywords } from '../index/postings.ts';
import { encodeIndexHeader } from './index-section.ts';
import { layOutRecords } from './row-records.ts';
import type { SegmentContent } from './segment-content.ts';
import { COLUMN_PREFIX, SECTIONS, type SegmentStatistics } from './segment-sections.ts';

/** A segment before it is put. */
export interface EncodedSegment {
  object: ObjectParts;
  /** SHA-256 of the object. */
  hash: string;
  /** CRC-32 of its directory. */
  directory: number;
  /** Bytes at the end that every search of its vectors reads first; absent without an index: the usual read of the tail will do. */
  tailBytes?: number;
}

/**
 * Encodes a segment. The sections that a search reads last stand first, and those that it always reads stand next to the
 * directory, so that one read of the tail brings a small segment whole. With an index, records take the place of rows.
 */
export function encodeSegment(content: SegmentContent, index: VectorIndex | null): EncodedSegment {
  const { dictionary, postings, blocks } = encodeKeywords(content.keywords);
  const { lengths, plainRows } = content.keywords;
  const files = encodeFiles(content);
  const columns = [...content.columns].sort(([a], [b]) => (a < b ? -1 : 1));
  const vectors = index === null ? null : encodeIndexed(content, index);
  const first = [
    sectionOf(SECTIONS.addresses, encodeStrings(content.addresses)),
    ...(vectors?.rows ?? [sectionOf(SECTIONS.vectors, bytesOf(content.values))]),
    sectionOf(SECTIONS.postings, postings),
    sectionOf(SECTIONS.postingBlocks, blocks),
    sectionOf(SECTIONS.terms, dictionary),
    sectionOf(SECTIONS.lengths, bytesOf(lengths)),
    ...(plainRows === null ? [] : [sectionOf(SECTIONS.plainRows, bytesOf(plainRows.words))]),
    ...columns.map(([name, column]) => sectionOf(COLUMN_PREFIX + name, encodeColumn(column))),
    sectionOf(SECTIONS.ids, encodeStrings(content.ids)),
    sectionOf(SECTIONS.fileCodes, bytesOf(files.codes)),
    sectionOf(SECTIONS.files, encodeJson(files.dictionary)),
    sectionOf(SECTIONS.idHashes, bytesOf(hashIds(content.ids))),
  ];
  const last = [
    ...(vectors === null ? [] : [vectors.header]),
    sectionOf(SECTIONS.statistics, encodeJson(statisticsOf(content))),
  ];
  const { object, hash, directory } = encodeContainer([...first, ...last], vectors === null ? 1 : 2);
  if (vectors === null) return { object, hash, directory };
  return {
    object,
    hash,
    directory,
    tailBytes: object.sizeBytes - first.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Bytes under one checksum of the large sections of an index: what is read of them in pieces has checksums of its own. */
const INDEX_BLOCK_BYTES = 1 << 20;

function encodeIndexed(content: SegmentContent, index: VectorIndex): { rows: Section[]; header: Section } {
  const records = layOutRecords(content);
  const { length, blockBytes, parts } = records;
  return {
    rows: [
      { name: SECTIONS.records, length, blockBytes, parts },
      sectionOf(SECTIONS.rows8, index.rows8, INDEX_BLOCK_BYTES),
      sectionOf(SECTIONS.codes, index.lists.bytes, INDEX_BLOCK_BYTES),
    ],
    header: sectionOf(SECTIONS.index, encodeIndexHeader(index, records.recordBytes), INDEX_BLOCK_BYTES),
  };
}

function encodeStrings(strings: string[]): Uint8Array {
  const writer = new ByteWriter();
  writeStringList(writer, strings);
  return writer.finish();
}

function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function encodeFiles(content: SegmentContent): { dictionary: [string | null, number][]; codes: Uint32Array } {
  const keys = content.fileIds.map((fileId, row) => JSON.stringify([fileId, content.fileVersions[row]!]));
  const sorted = [...new Set(keys)].sort();
  const codes = new Map(sorted.map((key, code) => [key, code]));
  return {
    dictionary: sorted.map((key) => JSON.parse(key) as [string | null, number]),
    codes: Uint32Array.from(keys, (key) => codes.get(key)!),
  };
}

function statisticsOf(content: SegmentContent): SegmentStatistics {
  const { lengths } = content.keywords;
  return {
    rows: content.ids.length,
    dimension: content.dimension,
    metric: content.metric,
    analyzer: content.keywords.analyzer,
    keywordRows: lengths.reduce((rows, length) => rows + (length > 0 ? 1 : 0), 0),
    words: lengths.reduce((words, length) => words + length, 0),
    fields: [...content.columns]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { type, values }]) => {
        const present = values.filter((value) => value !== undefined);
        return { name, type, present: present.length, sketch: sketchOf(present) };
      }),
  };
}
