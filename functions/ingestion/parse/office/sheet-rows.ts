import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { readXmlSteps, type XmlAttributes, type XmlHandlers } from '../read-xml.ts';
import type { Cell, SheetRow } from '../sheet-records.ts';
import { formatDuration, formatSerialDate, type TimeStyle } from './number-formats.ts';
import { decodeEscapes } from './shared-strings.ts';

/** What the cells of every sheet of a workbook refer to. */
export interface WorkbookTables {
  strings: readonly string[];
  timeStyles: ReadonlyMap<number, TimeStyle>;
  is1904: boolean;
}

interface OpenCell {
  column: number;
  type: string;
  style: number;
  value: string;
  formula: string;
}

/** A spreadsheet shows 15 digits: more are traces of binary fractions. */
const SHOWN_DIGITS = 15;
const LETTER_A = 64;

function columnOf(reference: string | undefined, next: number): number {
  const letters = /^[A-Z]{1,4}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return next;
  const codes = Buffer.from(letters, 'latin1');
  return codes.reduce((sum, code) => sum * 26 + code - LETTER_A, 0) - 1;
}

function readNumber({ value, style }: OpenCell, { timeStyles, is1904 }: WorkbookTables): Cell {
  const number = Number(value);
  if (!Number.isFinite(number)) return value;
  const timeStyle = timeStyles.get(style);
  if (timeStyle === 'duration') return formatDuration(number);
  return timeStyle ? formatSerialDate(number, is1904) : Number(number.toPrecision(SHOWN_DIGITS));
}

/** A formula's last result counts; where none was saved its text does. It is never evaluated. */
function readCell(cell: OpenCell, tables: WorkbookTables): Cell | null {
  const { type, value, formula } = cell;
  if (value === '') return formula === '' ? null : `=${formula}`;
  if (type === 's') return tables.strings[Number(value)] ?? null;
  if (type === 'b') return value.trim() === '1';
  if (type === 'n') return readNumber(cell, tables);
  return decodeEscapes(value);
}

class SheetReader implements XmlHandlers {
  rows: SheetRow[] = [];
  private readonly tables: WorkbookTables;
  private readonly sheet: string;
  private number = 0;
  private nextColumn = 0;
  private cells = new Map<number, Cell>();
  private cell: OpenCell | null = null;
  private target: 'value' | 'formula' | null = null;

  constructor(sheet: string, tables: WorkbookTables) {
    this.sheet = sheet;
    this.tables = tables;
  }

  open(name: string, attributes: XmlAttributes): void {
    if (name === 'row') this.openRow(attributes);
    else if (name === 'c') this.openCell(attributes);
    else if (this.cell && (name === 'v' || name === 't')) this.target = 'value';
    else if (this.cell && name === 'f') this.target = 'formula';
  }

  private openRow(attributes: XmlAttributes): void {
    this.number = Number(attributes['r'] ?? this.number + 1);
    this.nextColumn = 0;
    this.cells = new Map();
  }

  private openCell(attributes: XmlAttributes): void {
    const column = columnOf(attributes['r'], this.nextColumn);
    this.nextColumn = column + 1;
    if (column >= INGESTION_LIMITS.columns) {
      const message = `A row has a cell in column ${column + 1}; at most ${INGESTION_LIMITS.columns} columns are allowed.`;
      throw new IngestionFailure('VALIDATION', message, {
        location: `sheet "${this.sheet}", row ${this.number}`,
      });
    }
    const style = Number(attributes['s'] ?? -1);
    this.cell = { column, type: attributes['t'] ?? 'n', style, value: '', formula: '' };
  }

  text(text: string): void {
    if (this.cell && this.target) this.cell[this.target] += text;
  }

  close(name: string): void {
    if (name === 'v' || name === 't' || name === 'f') this.target = null;
    if (name === 'c' && this.cell) {
      const value = readCell(this.cell, this.tables);
      if (value !== null && value !== '') this.cells.set(this.cell.column, value);
      this.cell = null;
    }
    if (name === 'row') this.rows.push({ number: this.number, cells: this.cells });
  }
}

/** Yields the rows of a sheet as its XML is read. */
export function* readSheetRows(
  bytes: Uint8Array,
  { sheet, part }: { sheet: string; part: string },
  tables: WorkbookTables,
): Generator<SheetRow> {
  const reader = new SheetReader(sheet, tables);
  const handlers: XmlHandlers = {
    open: (name, attributes) => {
      reader.open(name, attributes);
    },
    text: (text) => {
      reader.text(text);
    },
    close: (name) => {
      reader.close(name);
    },
  };
  const steps = readXmlSteps(bytes, handlers, part);
  while (steps.next().done !== true) {
    yield* reader.rows;
    reader.rows = [];
  }
  yield* reader.rows;
}
