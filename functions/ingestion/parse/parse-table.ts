import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { cleanText } from './clean-text.ts';
import { decodeText } from './decode-text.ts';
import { detectDelimiter } from './detect-delimiter.ts';
import type { ParsedFile, Section } from './section.ts';
import { createDecoder } from '../sniff/text-decoder.ts';
import type { SourceFile } from './source-file.ts';
import { guardColumns } from './guard-columns.ts';
import { HEADER_ROWS, readTableHead, type TableHead } from './table-header.ts';

/** Enough text to see how the first rows are separated. */
const DELIMITER_SAMPLE = 64 * 1024;

async function findDelimiter(file: SourceFile, encoding: string): Promise<string> {
  const sample = (await file.readSample()).subarray(0, DELIMITER_SAMPLE);
  return detectDelimiter(createDecoder(encoding).decode(sample, { stream: true }));
}

function toFailure(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = typeof error['lines'] === 'number' ? `line ${error['lines']}` : null;
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    const message = `A row is longer than ${INGESTION_LIMITS.recordCharacters} characters; a quotation mark may be missing.`;
    return new IngestionFailure('VALIDATION', message, { location: line, cause: error });
  }
  return new IngestionFailure('VALIDATION', `The table cannot be read: ${error.message}`, {
    location: line,
    cause: error,
  });
}

async function* readRows(
  file: SourceFile,
  encoding: string,
  delimiter: string,
  notes: string[],
): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter,
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: INGESTION_LIMITS.recordCharacters,
  });
  const text = Readable.from(guardColumns(decodeText(file, encoding, notes), delimiter));
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  try {
    for await (const row of parser) yield row as string[];
  } catch (error) {
    throw toFailure(error);
  } finally {
    text.destroy();
  }
}

function checkWidth(row: readonly string[], number: number): void {
  if (row.length <= INGESTION_LIMITS.columns) return;
  const message = `Row ${number} has ${row.length} columns; at most ${INGESTION_LIMITS.columns} are allowed.`;
  throw new IngestionFailure('VALIDATION', message, { location: `row ${number}` });
}

function toRecord(row: readonly string[], { columns, titles }: TableHead): Section {
  const values: Metadata = {};
  const lines: string[] = [];
  for (const [index, raw] of row.entries()) {
    const cell = cleanText(raw).trim();
    if (cell === '') continue;
    const column = columns[index] ?? `column ${index + 1}`;
    lines.push(`${column}: ${cell}`);
    values[column] = cell;
  }
  return { kind: 'RECORD', text: lines.join('\n'), page: null, headings: [], openHeadings: titles, values };
}

/** Parses a table with a row a record; the columns are named by the header, each row's text repeats the names. */
export async function parseTable(
  file: SourceFile,
  encoding: string,
  knownDelimiter: string | null,
): Promise<ParsedFile> {
  const notes: string[] = [];
  const delimiter = knownDelimiter ?? (await findDelimiter(file, encoding));

  async function* readRecords(): AsyncGenerator<Section> {
    let first: string[][] = [];
    let head: TableHead | null = null;
    let number = 0;
    for await (const row of readRows(file, encoding, delimiter, notes)) {
      checkWidth(row, ++number);
      if (head) yield toRecord(row, head);
      else first.push(row);
      if (head === null && first.length === HEADER_ROWS) {
        head = readTableHead(first);
        yield* first.slice(head.rowsUsed).map((each) => toRecord(each, head as TableHead));
        first = [];
      }
    }
    if (head) return;
    const shortHead = readTableHead(first);
    yield* first.slice(shortHead.rowsUsed).map((each) => toRecord(each, shortHead));
  }
  return { sections: readRecords(), hasUntypedValues: true, notes };
}
