import { bytesOf, ByteWriter } from '../format/byte-writer.ts';
import { encodeContainer } from '../format/segment-layout.ts';
import { writeStringList } from '../format/string-list.ts';
import { encodeColumn } from '../index/column.ts';
import { sketchOf } from '../index/distinct-sketch.ts';
import { hashIds } from '../index/id-hashes.ts';
import { encodeKeywords } from '../index/postings.ts';
import type { SegmentContent } from './segment-content.ts';
import { COLUMN_PREFIX, SECTIONS, type SegmentStatistics } from './segment-sections.ts';

/**
 * Encodes a segment. The sections that a search reads last stand first, and those that it always reads stand next to the
 * directory, so that one read of the tail brings a small segment whole.
 */
export function encodeSegment(content: SegmentContent): Uint8Array<ArrayBuffer> {
  const { dictionary, postings, blocks } = encodeKeywords(content.keywords);
  const { lengths, plainRows } = content.keywords;
  const files = encodeFiles(content);
  const columns = [...content.columns].sort(([a], [b]) => (a < b ? -1 : 1));
  return encodeContainer([
    { name: SECTIONS.addresses, bytes: encodeStrings(content.addresses) },
    { name: SECTIONS.vectors, bytes: bytesOf(content.values) },
    { name: SECTIONS.postings, bytes: postings },
    { name: SECTIONS.postingBlocks, bytes: blocks },
    { name: SECTIONS.terms, bytes: dictionary },
    { name: SECTIONS.lengths, bytes: bytesOf(lengths) },
    ...(plainRows === null ? [] : [{ name: SECTIONS.plainRows, bytes: bytesOf(plainRows.words) }]),
    ...columns.map(([name, column]) => ({ name: COLUMN_PREFIX + name, bytes: encodeColumn(column) })),
    { name: SECTIONS.ids, bytes: encodeStrings(content.ids) },
    { name: SECTIONS.fileCodes, bytes: bytesOf(files.codes) },
    { name: SECTIONS.files, bytes: encodeJson(files.dictionary) },
    { name: SECTIONS.idHashes, bytes: bytesOf(hashIds(content.ids)) },
    { name: SECTIONS.statistics, bytes: encodeJson(statisticsOf(content)) },
  ]);
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
