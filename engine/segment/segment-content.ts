import type { FieldType, MetadataValue, Metric, Row } from '../api.ts';
import { invariant } from '../errors/invariant.ts';
import { fieldTypeOf, type ColumnValues } from '../index/column.ts';
import { indexTexts, type KeywordContent } from '../index/index-texts.ts';
import { normalizeValues } from './check-values.ts';

/** The rows of one segment before encoding, column by column, ascending by id. */
export interface SegmentContent {
  dimension: number;
  metric: Metric;
  ids: string[];
  addresses: string[];
  fileIds: (string | null)[];
  fileVersions: number[];
  /** Row-major. */
  values: Float32Array;
  columns: Map<string, ColumnValues>;
  keywords: KeywordContent;
}

/** Arranges checked rows as the content of a segment; the order of `rows` does not matter. */
export function contentOfRows(rows: readonly Row[], dimension: number, metric: Metric): SegmentContent {
  const sorted = rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const values = new Float32Array(sorted.length * dimension);
  sorted.forEach((row, i) => {
    values.set(metric === 'COSINE' ? normalizeValues(row.values) : row.values, i * dimension);
  });
  return {
    dimension,
    metric,
    ids: sorted.map((row) => row.id),
    addresses: sorted.map((row) => row.address),
    fileIds: sorted.map((row) => row.fileId),
    fileVersions: sorted.map((row) => row.fileVersion),
    values,
    columns: columnsOf(sorted),
    keywords: indexTexts(sorted.map((row) => row.text)),
  };
}

function columnsOf(rows: Row[]): Map<string, ColumnValues> {
  const columns = new Map<string, ColumnValues>();
  rows.forEach((row, i) => {
    for (const [name, value] of Object.entries(row.metadata)) {
      setColumnValue(columns, { name, type: fieldTypeOf(value), rowCount: rows.length, row: i, value });
    }
  });
  return columns;
}

/** Sets one value, and makes its column when it is the first. */
export function setColumnValue(
  columns: Map<string, ColumnValues>,
  cell: { name: string; type: FieldType; rowCount: number; row: number; value: MetadataValue },
): void {
  let column = columns.get(cell.name);
  if (column === undefined) {
    column = { type: cell.type, values: new Array<MetadataValue | undefined>(cell.rowCount).fill(undefined) };
    columns.set(cell.name, column);
  }
  invariant(column.type === cell.type, `field ${cell.name} has one type within a segment`);
  column.values[cell.row] = cell.value;
}
