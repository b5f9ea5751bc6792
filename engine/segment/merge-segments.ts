import type { MetadataValue } from '../api.ts';
import type { Bitmap } from '../format/bitmap.ts';
import { invariant } from '../errors/invariant.ts';
import { columnValue, type ColumnValues } from '../index/column.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { loadSegment, type LoadedSegment } from './load-segment.ts';
import { mergeKeywords } from './merge-keywords.ts';
import { openSegment } from './segment-file.ts';
import { setColumnValue, type SegmentContent } from './segment-content.ts';
import { COLUMN_PREFIX, SECTIONS } from './segment-sections.ts';
import type { VectorIo } from './vector-io.ts';
import { visitValues } from './visit-rows.ts';

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
}

/** Merges the live rows of segments. Reads each segment whole: the caller bounds their bytes. */
export async function mergeSegments(io: VectorIo, sources: readonly MergeSource[]): Promise<MergedContent> {
  const open = await mapLimited(sources, 4, ({ key }) => openSource(io, key));
  const origins = liveOrigins(open, sources);
  const first = open[0];
  invariant(first !== undefined, 'a merge has at least one source');
  const { dimension, metric } = first.segment.file.statistics;
  const at = (origin: RowOrigin): LoadedSegment => open[origin.source]!.segment;
  const values = await mergeValues(io, open, origins);
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

async function openSource(io: VectorIo, key: string): Promise<OpenSource> {
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
  return { segment };
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

/** Copies the vectors of the origins, piece by piece and past the cache: a merge would push everything else out of it. */
async function mergeValues(
  io: VectorIo,
  open: OpenSource[],
  origins: RowOrigin[],
): Promise<Float32Array<ArrayBuffer>> {
  const { dimension } = open[0]!.segment.file.statistics;
  const values = new Float32Array(origins.length * dimension);
  const targets = targetsOf(open, origins);
  for (const [source, { segment }] of open.entries()) {
    await visitValues(io, segment.file, (firstRow, rows) => {
      for (let at = 0; at < rows.length; at += dimension) {
        const target = targets[source]![firstRow + at / dimension]!;
        if (target !== -1) values.set(rows.subarray(at, at + dimension), target * dimension);
      }
    });
  }
  return values;
}

/** Returns for each source the row of the merged segment that each of its rows becomes; -1 for rows that are dropped. */
function targetsOf(open: OpenSource[], origins: RowOrigin[]): Int32Array[] {
  const targets = open.map(({ segment }) => new Int32Array(segment.rows).fill(-1));
  origins.forEach(({ source, row }, target) => {
    targets[source]![row] = target;
  });
  return targets;
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
