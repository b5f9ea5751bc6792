import { IngestionFailure } from '../../ingestion-failure.ts';
import type { ParsedFile, Section } from '../section.ts';
import type { SourceFile } from '../source-file.ts';
import { bareVector, checkShape, readFixedRows } from './fixed-rows.ts';
import { toVector } from './vector-values.ts';

const LENGTH_BYTES = 4;

async function readDimensions(file: SourceFile): Promise<number> {
  const start = await file.readSample();
  if (start.length < LENGTH_BYTES)
    throw new IngestionFailure('CORRUPT_DATA', 'The file of vectors ends within its first vector.');
  return new DataView(start.buffer, start.byteOffset, start.byteLength).getInt32(0, true);
}

function checkRow(view: DataView, dimensions: number, row: number): void {
  const found = view.getInt32(0, true);
  if (found === dimensions) return;
  const message = `Row ${row} says that it has ${found} dimensions; the rows before have ${dimensions}.`;
  throw new IngestionFailure('CORRUPT_DATA', message, { location: `row ${row}` });
}

/** Parses vectors as benchmarks share them: for each the number of its dimensions, then its numbers of 4 bytes (fvecs) or 1 byte (bvecs). */
export async function parseVecs(file: SourceFile, format: 'fvecs' | 'bvecs'): Promise<ParsedFile> {
  const width = format === 'fvecs' ? 4 : 1;
  const dimensions = await readDimensions(file);
  checkShape(0, dimensions);
  const rowBytes = LENGTH_BYTES + dimensions * width;
  if (file.sizeBytes % rowBytes > 0) {
    const message = `The file has ${file.sizeBytes} bytes, which are not whole vectors of ${dimensions} dimensions; it is cut off or not ${format}.`;
    throw new IngestionFailure('CORRUPT_DATA', message);
  }
  checkShape(file.sizeBytes / rowBytes, dimensions);
  async function* readRows(): AsyncGenerator<Section> {
    let row = 0;
    for await (const view of readFixedRows(file, { skip: 0, rowBytes })) {
      checkRow(view, dimensions, row);
      const numbers = Array.from({ length: dimensions }, (_, index) => {
        const at = LENGTH_BYTES + index * width;
        return format === 'fvecs' ? view.getFloat32(at, true) : view.getUint8(at);
      });
      yield bareVector(toVector(numbers, `row ${row}`), row);
      row++;
    }
  }
  return { sections: readRows(), hasUntypedValues: false, notes: [] };
}
