import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { cleanText } from '../clean-text.ts';
import { jsonRecord } from '../json-record.ts';
import type { ParsedFile, Section } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';
import { chooseColumns, type ParquetColumns } from './parquet-columns.ts';
import { PARQUET_COMPRESSORS } from './parquet-compressors.ts';
import { toVector } from './vector-values.ts';

function damaged(error: unknown): IngestionFailure {
  if (error instanceof IngestionFailure) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const message = `The Parquet file is damaged and cannot be read: ${detail.replace(/\.$/, '')}.`;
  return new IngestionFailure('CORRUPT_DATA', message, { cause: error });
}

function tooLarge(what: string, actual: number | bigint, limit: number): IngestionFailure {
  return new IngestionFailure('PAYLOAD_TOO_LARGE', `${what} ${actual}; at most ${limit} are allowed.`);
}

/** What the footer declares is checked before anything is unpacked. */
function checkFooter({ num_rows: rows, row_groups: groups, schema }: FileMetaData): void {
  const { chunks, columns, parquetGroupBytes } = INGESTION_LIMITS;
  if (rows > BigInt(chunks)) throw tooLarge('The Parquet file has rows:', rows, chunks);
  if (schema.length > columns) throw tooLarge('The Parquet file has columns:', schema.length, columns);
  const sum = groups.reduce((total, group) => total + group.num_rows, 0n);
  if (sum !== rows || rows < 0n || groups.some(({ num_rows: each }) => each < 0n)) {
    const message = `The Parquet file is damaged: it declares ${rows} rows, its groups ${sum}.`;
    throw new IngestionFailure('CORRUPT_DATA', message);
  }
  for (const { columns: parts } of groups) {
    const bytes = parts.reduce(
      (total, { meta_data: part }) => total + (part?.total_uncompressed_size ?? 0n),
      0n,
    );
    if (bytes > BigInt(parquetGroupBytes))
      throw tooLarge('A row group of the Parquet file unpacks to bytes:', bytes, parquetGroupBytes);
  }
}

/** Returns a value of Parquet as JSON knows it; bytes are nothing that can be searched. */
function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value))
    return value instanceof Uint8Array ? null : Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJsonValue(inner)]));
}

function isNumberList(value: unknown): value is ArrayLike<number | bigint> {
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'number' || typeof each === 'bigint');
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function readVector(value: unknown, location: string): Float32Array {
  if (isNumberList(value)) return toVector(Array.from(value, Number), location);
  const message = `The vector of ${location} is missing or has gaps.`;
  throw new IngestionFailure('VALIDATION', message, { location });
}

function toSection(row: Record<string, unknown>, columns: ParquetColumns, location: string): Section {
  const { vector, text } = columns;
  const isApart = (name: string): boolean => name === vector || (vector !== null && name === text);
  const rest = Object.entries(row).filter(([name]) => !isApart(name));
  const record = jsonRecord(toJsonValue(Object.fromEntries(rest)), location);
  if (vector === null) return record;
  const own = text === null ? null : row[text];
  return {
    ...record,
    text: typeof own === 'string' ? cleanText(own).trim() : record.text,
    vector: readVector(row[vector], location),
  };
}

function openFooter(bytes: ArrayBuffer): { metadata: FileMetaData; columns: ParquetColumns } {
  try {
    const metadata = parquetMetadata(bytes);
    checkFooter(metadata);
    return { metadata, columns: chooseColumns(metadata) };
  } catch (error) {
    throw damaged(error);
  }
}

/** Parses a Parquet file: a record a row. A column of vectors becomes the records' own vectors, a column of text their text, the others metadata. */
export async function parseParquet(file: SourceFile): Promise<ParsedFile> {
  const bytes = (await readWhole(file)).slice().buffer;
  const buffer: AsyncBuffer = {
    byteLength: bytes.byteLength,
    slice: (start, end) => bytes.slice(start, end),
  };
  const { metadata, columns } = openFooter(bytes);

  async function* readRows(): AsyncGenerator<Section> {
    let first = 0;
    for (const { num_rows: rows } of metadata.row_groups) {
      const range = { rowStart: first, rowEnd: first + Number(rows) };
      const options = {
        file: buffer,
        metadata,
        compressors: PARQUET_COMPRESSORS,
        geoparquet: false,
        ...range,
      };
      const objects = await parquetReadObjects(options).catch((error: unknown) => {
        throw damaged(error);
      });
      for (const [index, row] of objects.entries()) yield toSection(row, columns, `row ${first + index}`);
      first += Number(rows);
    }
  }
  return { sections: readRows(), hasUntypedValues: false, notes: [] };
}
