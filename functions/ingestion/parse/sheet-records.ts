import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { cleanText } from './clean-text.ts';
import { recordSection, type Section } from './section.ts';
import { HEADER_ROWS, readTableHead, type TableHead } from './table-header.ts';

/** What stands in a cell: never a formula's result that was computed here. */
export type Cell = string | number | boolean;

/** One row of a sheet with the cells that are filled, by their columns from 0. */
export interface SheetRow {
  /** Counted from 1. */
  number: number;
  cells: ReadonlyMap<number, Cell>;
}

interface OpenTable {
  head: TableHead;
  firstColumn: number;
  hasHeader: boolean;
}

/** Rows of one cell above a table are its title when they are this few and short. */
const MAX_TITLE_ROWS = 3;
const MAX_TITLE_LENGTH = 200;

function spread(row: SheetRow, firstColumn: number): string[] {
  const last = Math.max(...row.cells.keys());
  return Array.from({ length: last - firstColumn + 1 }, (_, index) =>
    String(row.cells.get(firstColumn + index) ?? ''),
  );
}

function isTextAlone(rows: readonly SheetRow[]): boolean {
  return rows.every(({ cells }) => cells.size === 1);
}

function firstColumnOf(rows: readonly SheetRow[]): number {
  return Math.min(...rows.map(({ cells }) => Math.min(...cells.keys())));
}

/** A stretch without a header of its own, in the columns of the table before it, goes on with that. */
function decideTable(rows: readonly SheetRow[], before: OpenTable | null): OpenTable {
  const firstColumn = firstColumnOf(rows);
  const head = readTableHead(rows.map((row) => spread(row, firstColumn)));
  const hasHeader = head.rowsUsed > head.titles.length;
  const goesOn =
    !hasHeader &&
    before?.hasHeader === true &&
    before.firstColumn <= firstColumn &&
    head.columns.length + firstColumn <= before.head.columns.length + before.firstColumn;
  return goesOn
    ? { ...before, head: { ...before.head, rowsUsed: 0 } }
    : { head: { ...head }, firstColumn, hasHeader };
}

function checkLength(length: number, where: string): void {
  if (length <= INGESTION_LIMITS.recordCharacters) return;
  const message = `A row has more than ${INGESTION_LIMITS.recordCharacters} characters.`;
  throw new IngestionFailure('VALIDATION', message, { location: where });
}

/** Turns the rows of a sheet into records: empty rows part its tables, the header of each names its columns. */
export class SheetRecords {
  private readonly sheet: string;
  private pending: SheetRow[] = [];
  private table: OpenTable | null = null;
  private tableBefore: OpenTable | null = null;
  private titles: string[] = [];
  private lastRow = 0;

  constructor(sheet: string) {
    this.sheet = sheet;
  }

  *add(row: SheetRow): Generator<Section> {
    if (row.cells.size === 0) return;
    if (row.number > this.lastRow + 1) yield* this.endTable();
    this.lastRow = row.number;
    if (this.table) yield this.toRecord(row, this.table);
    else if (this.pending.push(row) === HEADER_ROWS) yield* this.begin();
  }

  *finish(): Generator<Section> {
    yield* this.endTable();
  }

  private *endTable(): Generator<Section> {
    if (this.pending.length > 0) yield* this.begin();
    if (this.table) this.tableBefore = this.table;
    this.table = null;
  }

  private *begin(): Generator<Section> {
    const rows = this.pending;
    this.pending = [];
    if (isTextAlone(rows)) {
      const lines = rows.flatMap(({ cells }) => [...cells.values()].map((cell) => cleanText(String(cell))));
      this.titles =
        lines.length <= MAX_TITLE_ROWS && lines.every(({ length }) => length <= MAX_TITLE_LENGTH)
          ? lines
          : [];
      yield recordSection(lines.join('\n'), {}, [this.sheet]);
      return;
    }
    const table = decideTable(rows, this.tableBefore);
    this.table = { ...table, head: { ...table.head, titles: [...this.titles, ...table.head.titles] } };
    this.titles = [];
    for (const row of rows.slice(table.head.rowsUsed)) yield this.toRecord(row, this.table);
  }

  private toRecord({ number, cells }: SheetRow, { head, firstColumn }: OpenTable): Section {
    const values: Metadata = {};
    const lines: string[] = [];
    let length = 0;
    for (const [index, raw] of [...cells].sort(([left], [right]) => left - right)) {
      const cell = typeof raw === 'string' ? cleanText(raw).trim() : raw;
      if (cell === '') continue;
      const column = head.columns[index - firstColumn] ?? `column ${index + 1}`;
      const line = `${column}: ${String(cell)}`;
      length += line.length + 1;
      checkLength(length, `sheet "${this.sheet}", row ${number}`);
      lines.push(line);
      values[column] = cell;
    }
    return recordSection(lines.join('\n'), values, [this.sheet, ...head.titles]);
  }
}
