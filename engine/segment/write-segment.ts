import type { DatabaseConfig, Row, SegmentReference } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';
import { checkRow, rowError } from './check-row.ts';
import { contentOfRows } from './segment-content.ts';
import { fieldTypeOf } from '../index/column.ts';
import { putSegment, type SegmentIo } from './put-segment.ts';
import type { FieldType } from '../api.ts';

/** Most rows and bytes of vectors of one segment: it is encoded in memory. */
const SEGMENT_LIMITS = { rows: 200_000, vectorBytes: 512 << 20 } as const;

/** Checks rows, encodes them as one segment and puts it. */
export async function writeSegmentRows(io: SegmentIo, rows: readonly Row[]): Promise<SegmentReference> {
  const { config } = io;
  const fields = checkRows(rows, config);
  const { key, sizeBytes } = await putSegment(io, contentOfRows(rows, config.dimension, config.metric));
  return { key, rows: rows.length, sizeBytes, fields };
}

function checkRows(rows: readonly Row[], config: DatabaseConfig): Record<string, FieldType> {
  if (rows.length === 0)
    throw invalidInput('A segment needs at least one row.', { field: 'rows', actual: 0, limit: 1 });
  const maxRows = Math.min(
    SEGMENT_LIMITS.rows,
    Math.floor(SEGMENT_LIMITS.vectorBytes / (config.dimension * 4)),
  );
  if (rows.length > maxRows) {
    const info = { field: 'rows', actual: rows.length, limit: maxRows };
    throw new VectorDbError(
      'LimitExceeded',
      `${rows.length} rows are more than a segment may hold (${maxRows}).`,
      info,
    );
  }
  const fields: Record<string, FieldType> = {};
  const ids = new Map<string, number>();
  rows.forEach((row, index) => {
    const [problem] = checkRow(row, config, fields);
    if (problem !== undefined) throw rowError(row, index, problem);
    const earlier = ids.get(row.id);
    if (earlier !== undefined) {
      const message = `Row ${index} has the id ${showValue(row.id)} of row ${earlier}; ids are unique within a segment.`;
      throw invalidInput(message, { field: `rows[${index}].id`, actual: row.id });
    }
    ids.set(row.id, index);
    for (const [name, value] of Object.entries(row.metadata)) fields[name] = fieldTypeOf(value);
  });
  return fields;
}
