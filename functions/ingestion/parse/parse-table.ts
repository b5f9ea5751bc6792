import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import type { Note } from '../left-out.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { RejectedRecords, type RejectedState } from '../rejected-records.ts';
import { createDecoder } from '../sniff/text-decoder.ts';
import { cleanText } from './clean-text.ts';
import { decodeLines } from './decode-text.ts';
import { detectDelimiter } from './detect-delimiter.ts';
import { detectLineBreak } from './detect-line-break.ts';
import { detectQuoting } from './detect-quoting.ts';
import { READ_WHOLE, type ResumePoint, type Resumption } from './resume-point.ts';
import type { ParsedFile, Section } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { type Row, type RowDialect, RowSplitter } from './split-rows.ts';
import { HEADER_ROWS, readTableHead, type TableHead } from './table-header.ts';

/** Enough text to see how the first rows are separated. */
const SAMPLE_BYTES = 64 * 1024;

/** How a table is written. */
interface Dialect extends RowDialect {
  lineBreak: '\n' | '\r';
}

/** What is known of a table behind its header. */
interface TableState {
  head: TableHead;
  dialect: Dialect;
  /** Of the last row. */
  row: number;
  line: number;
  rejected: RejectedState;
}

async function findDialect(file: SourceFile, encoding: string, known: string | null): Promise<Dialect> {
  const bytes = (await file.readSample()).subarray(0, SAMPLE_BYTES);
  const sample = createDecoder(encoding).decode(bytes, { stream: true });
  const delimiter = known ?? detectDelimiter(sample);
  return { delimiter, ...detectQuoting(sample, delimiter), lineBreak: detectLineBreak(sample) };
}

function checkWidth(row: Row, number: number): Row {
  if (row instanceof IngestionFailure || row.length <= INGESTION_LIMITS.columns) return row;
  const message = `Row ${number} has more than ${INGESTION_LIMITS.columns} columns.`;
  return new IngestionFailure('VALIDATION', message, { location: `row ${number}` });
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

/** Makes records of rows, and counts them; the first ones wait until the header is found among them. */
class TableRecords {
  #head: TableHead | null;
  #first: string[][] = [];
  row: number;
  readonly rejected: RejectedRecords;

  constructor(before: TableState | undefined) {
    this.#head = before?.head ?? null;
    this.row = before?.row ?? 0;
    this.rejected = new RejectedRecords(before?.rejected);
  }

  get head(): TableHead | null {
    return this.#head;
  }

  *take(rows: readonly Row[]): Generator<Section> {
    for (const given of rows) {
      const row = checkWidth(given, ++this.row);
      if (row instanceof IngestionFailure) {
        this.rejected.add(row);
        continue;
      }
      if (row.every((cell) => cell.trim() === '')) continue;
      if (this.#head) {
        yield toRecord(row, this.#head);
        continue;
      }
      this.#first.push(row);
      if (this.#first.length === HEADER_ROWS) yield* this.finish();
    }
  }

  /** Ends the table: returns what to say of the rows that were left out. */
  settle(): Note[] {
    return this.rejected.settle(this.row - (this.#head?.rowsUsed ?? 0));
  }

  /** Finds the header in what has come so far. */
  *finish(): Generator<Section> {
    if (this.#head) return;
    const head = readTableHead(this.#first);
    this.#head = head;
    for (const row of this.#first.slice(head.rowsUsed)) yield toRecord(row, head);
  }
}

/** Parses a table with a row a record; the columns are named by the header, each row's text repeats the names. A few rows that cannot be read among many are left out. */
export async function parseTable(
  file: SourceFile,
  encoding: string,
  knownDelimiter: string | null,
  { from, onPlace }: Resumption = READ_WHOLE,
): Promise<ParsedFile> {
  const notes: Note[] = [];
  const before = from?.state as TableState | undefined;
  const dialect = before?.dialect ?? (await findDialect(file, encoding, knownDelimiter));

  async function* readRecords(): AsyncGenerator<Section> {
    const splitter = new RowSplitter(dialect, before?.line);
    const records = new TableRecords(before);
    let isStart = from === null;
    for await (const { text, place } of decodeLines(file, encoding, notes, from)) {
      const marked = isStart ? text.replace(/^\ufeff/, '') : text;
      isStart = false;
      yield* records.take(splitter.push(dialect.lineBreak === '\r' ? marked.replaceAll('\r', '\n') : marked));
      const { head, row, rejected } = records;
      if (!place || !head || !splitter.isBetweenRows) continue;
      const state: TableState = { head, dialect, row, line: splitter.line, rejected: rejected.state };
      onPlace({ ...place, state } satisfies ResumePoint);
    }
    yield* records.take(splitter.finish());
    yield* records.finish();
    notes.push(...records.settle());
  }
  return { sections: readRecords(), hasUntypedValues: true, notes };
}
