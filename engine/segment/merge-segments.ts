import type { MetadataValue } from '../api.ts';
import type { Bitmap } from '../format/bitmap.ts';
import { invariant } from '../errors/invariant.ts';
import { columnValue, type ColumnValues } from '../index/column.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { loadSegment, type LoadedSegment } from './load-segment.ts';
import { mergeKeywords } from './merge-keywords.ts';
import { openSegment, readSections } from './segment-file.ts';
import { setColumnValue, type SegmentContent } from './segment-content.ts';
import { COLUMN_PREFIX, SECTIONS } from './segment-sections.ts';

/** Where a row of a merged segment comes from. */
export interface RowOrigin {
  source: number;
  row: number;
}

/** The live rows of several segments as the content of one. */
interface MergedContent {
  content: SegmentContent;
  /** By row of the content. */
  origins: RowOrigin[];
}

/** A segment to merge, without its dead rows. */
interface MergeSource {
  key: string;
  dead: Bitmap | null;
}

interface OpenSource {
  segment: LoadedSegment;
  vectors: Float32Array;
}

/** Merges the live rows of segments. Reads each segment whole: the caller bounds their bytes. */
export async function mergeSegments(io: StoreIo, sources: readonly MergeSource[]): Promise<MergedContent> {
  const open = await mapLimited(sources, 4, ({ key }) => openSource(io, key));
  const origins = liveOrigins(open, sources);
  const first = open[0];
  invariant(first !== undefined, 'a merge has at least one source');
  const { dimension, metric } = first.segment.file.statistics;
  const at = (origin: RowOrigin): LoadedSegment => open[origin.source]!.segment;
  const values = new Float32Array(origins.length * dimension);
  origins.forEach(({ source, row }, i) => {
    values.set(open[source]!.vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  const content: SegmentContent = {
    dimension,
    metric,
    ids: origins.map((origin) => at(origin).ids.get(origin.row)),
    addresses: origins.map((origin) => at(origin).addresses.get(origin.row)),
    fileIds: origins.map((origin) => at(origin).fileOf(origin.row).fileId),
    fileVersions: origins.map((origin) => at(origin).fileOf(origin.row).fileVersion),
    values,
    columns: mergeColumns(open, origins),
    keywords: mergeKeywords(
      open.map(({ segment }) => segment),
      origins,
    ),
  };
  return { content, origins };
}

/** Vectors are read past the cache: a merge would push everything else out of it. */
async function openSource(io: StoreIo, key: string): Promise<OpenSource> {
  const file = await openSegment(io, key);
  const columns = file.statistics.fields.map(({ name }) => COLUMN_PREFIX + name);
  const { ids, addresses, files, fileCodes, terms, postings, lengths, plainRows } = SECTIONS;
  const segment = await loadSegment(io, file, [
    ids,
    addresses,
    files,
    fileCodes,
    terms,
    postings,
    lengths,
    plainRows,
    ...columns,
  ]);
  const [bytes] = await readSections(io, file, [SECTIONS.vectors]);
  return { segment, vectors: new Float32Array(bytes!.buffer, bytes!.byteOffset, bytes!.byteLength / 4) };
}

function liveOrigins(open: OpenSource[], sources: readonly MergeSource[]): RowOrigin[] {
  const named = open.flatMap(({ segment }, source) =>
    Array.from({ length: segment.rows }, (_, row) => ({ source, row, id: segment.ids.get(row) })).filter(
      ({ row }) => sources[source]!.dead?.has(row) !== true,
    ),
  );
  named.sort((a, b) => (a.id < b.id ? -1 : 1));
  return named.map(({ source, row }) => ({ source, row }));
}

function mergeColumns(open: OpenSource[], origins: RowOrigin[]): Map<string, ColumnValues> {
  const columns = new Map<string, ColumnValues>();
  const columnsOf = open.map(({ segment }) =>
    segment.file.statistics.fields.map(({ name, type }) => ({ name, type, column: segment.column(name) })),
  );
  origins.forEach(({ source, row: sourceRow }, row) => {
    for (const { name, type, column } of columnsOf[source]!) {
      const value: MetadataValue | undefined = column === null ? undefined : columnValue(column, sourceRow);
      if (value !== undefined) setColumnValue(columns, { name, type, rowCount: origins.length, row, value });
    }
  });
  return columns;
}
