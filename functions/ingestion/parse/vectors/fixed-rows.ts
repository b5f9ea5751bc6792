import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import type { Section } from '../section.ts';
import type { SourceFile } from '../source-file.ts';

/** Returns the error of a file whose size is not that of its rows. */
export function wrongSize(what: string, found: number, expected: number): IngestionFailure {
  const message = `The ${what} has ${found} bytes; by its header it has ${expected}. It may be cut off.`;
  return new IngestionFailure('CORRUPT_DATA', message);
}

/** Refuses more rows than a file may have chunks, and vectors that no database can hold. */
export function checkShape(rows: number, columns: number): void {
  const { chunks, dimensions } = INGESTION_LIMITS;
  if (rows > chunks)
    throw new IngestionFailure(
      'PAYLOAD_TOO_LARGE',
      `The file has ${rows} vectors; at most ${chunks} are allowed.`,
    );
  if (columns >= 1 && columns <= dimensions) return;
  const message = `The vectors have ${columns} dimensions; 1 to ${dimensions} are allowed.`;
  throw new IngestionFailure('VALIDATION', message);
}

/** Yields rows of equal length after a number of bytes that are passed over; memory holds a block and a row. */
export async function* readFixedRows(
  file: SourceFile,
  { skip, rowBytes }: { skip: number; rowBytes: number },
): AsyncGenerator<DataView> {
  let toSkip = skip;
  let open = Buffer.alloc(0);
  for await (const block of file.stream()) {
    const skipped = Math.min(toSkip, block.length);
    toSkip -= skipped;
    const fresh = block.subarray(skipped);
    const bytes =
      open.length === 0
        ? Buffer.from(fresh.buffer, fresh.byteOffset, fresh.length)
        : Buffer.concat([open, fresh]);
    let at = 0;
    for (; at + rowBytes <= bytes.length; at += rowBytes)
      yield new DataView(bytes.buffer, bytes.byteOffset + at, rowBytes);
    open = Buffer.from(bytes.subarray(at));
  }
}

/** Returns a record that is a vector alone, with its number. */
export function bareVector(vector: Float32Array, row: number): Section {
  return { kind: 'RECORD', text: '', page: null, headings: [], openHeadings: [], values: { row }, vector };
}
