import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import type { XmlAttributes, XmlHandlers } from '../read-xml.ts';
import type { Section } from '../section.ts';
import { type Cell, SheetRecords } from '../sheet-records.ts';

interface OpenCell {
  attributes: XmlAttributes;
  paragraphs: string[];
}

function countOf(attributes: XmlAttributes, name: string): number {
  const count = Number(attributes[name] ?? 1);
  return Number.isInteger(count) && count > 0 ? count : 1;
}

/** The saved value counts; a formula is never evaluated. */
function readCell({ attributes, paragraphs }: OpenCell): Cell {
  const type = attributes['office:value-type'];
  const number = Number(attributes['office:value'] ?? Number.NaN);
  if (Number.isFinite(number)) return number;
  if (type === 'boolean') return attributes['office:boolean-value'] === 'true';
  if (type === 'date') return attributes['office:date-value'] ?? paragraphs.join('\n');
  return paragraphs.join('\n');
}

/** Collects the records of an OpenDocument spreadsheet as its XML is read. */
export class OdfSheets implements XmlHandlers {
  private records: SheetRecords | null = null;
  private ready: Section[] = [];
  private sheet = '';
  private row = 0;
  private column = 0;
  private rowRepeats = 1;
  private cells = new Map<number, Cell>();
  private cell: OpenCell | null = null;
  private isParagraph = false;
  private annotations = 0;

  open(name: string, attributes: XmlAttributes): void {
    if (name === 'annotation') this.annotations++;
    else if (name === 'table') this.openSheet(attributes);
    else if (name === 'table-row') this.openRow(attributes);
    else if (name === 'table-cell' || name === 'covered-table-cell')
      this.cell = { attributes, paragraphs: [] };
    else if (name === 'p' && this.cell && this.annotations === 0) {
      this.cell.paragraphs.push('');
      this.isParagraph = true;
    }
  }

  private openSheet(attributes: XmlAttributes): void {
    this.sheet = attributes['table:name'] ?? '';
    this.records = new SheetRecords(this.sheet);
    this.row = 0;
  }

  private openRow(attributes: XmlAttributes): void {
    this.rowRepeats = countOf(attributes, 'table:number-rows-repeated');
    this.column = 0;
    this.cells = new Map();
  }

  text(text: string): void {
    if (!this.isParagraph || !this.cell || this.annotations > 0) return;
    const { paragraphs } = this.cell;
    paragraphs.push((paragraphs.pop() ?? '') + text);
  }

  close(name: string): void {
    if (name === 'annotation') this.annotations--;
    else if (name === 'p') this.isParagraph = false;
    else if (name === 'table-cell' || name === 'covered-table-cell') this.closeCell();
    else if (name === 'table-row') this.closeRow();
    else if (name === 'table' && this.records) this.ready.push(...this.records.finish());
  }

  private closeCell(): void {
    if (!this.cell) return;
    const repeats = countOf(this.cell.attributes, 'table:number-columns-repeated');
    const value = readCell(this.cell);
    this.cell = null;
    // Empty cells are repeated to the sheet's edge; filled ones may not go beyond it.
    if (value !== '') this.fill(value, repeats);
    this.column += repeats;
  }

  private fill(value: Cell, repeats: number): void {
    if (this.column + repeats > INGESTION_LIMITS.columns) {
      const message = `A row has ${this.column + repeats} columns; at most ${INGESTION_LIMITS.columns} are allowed.`;
      const location = `sheet "${this.sheet}", row ${this.row + 1}`;
      throw new IngestionFailure('VALIDATION', message, { location });
    }
    for (let index = 0; index < repeats; index++) this.cells.set(this.column + index, value);
  }

  private closeRow(): void {
    const repeats = this.cells.size === 0 ? 0 : this.rowRepeats;
    if (repeats > INGESTION_LIMITS.sheetRowRepeats) {
      const message = `A row is repeated ${repeats} times; at most ${INGESTION_LIMITS.sheetRowRepeats} are allowed.`;
      throw new IngestionFailure('VALIDATION', message, {
        location: `sheet "${this.sheet}", row ${this.row + 1}`,
      });
    }
    for (let index = 1; index <= repeats && this.records; index++)
      this.ready.push(...this.records.add({ number: this.row + index, cells: this.cells }));
    this.row += this.rowRepeats;
  }

  /** Returns the records that are ready. */
  take(): Section[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }
}
