import type { Heading, TableRange } from './section.ts';

/** Running text with what was found in it. */
export interface CollectedText {
  text: string;
  headings: Heading[];
  tables: TableRange[];
}

/** A text with more is data; the rest of its headings and tables are text alone. */
const MAX_HEADINGS = 100_000;
const MAX_TABLES = 100_000;

interface OpenTable {
  start: number | null;
  headerEnd: number | null;
  isHeaderRow: boolean;
  hasBody: boolean;
}

/** Collects text with breaks between blocks; white space collapses outside `pre`, and none is left at the end of a line. */
export class TextCollector {
  private readonly parts: string[] = [];
  private length = 0;
  private pendingBreaks = 0;
  private isSpacePending = false;
  private isBetweenCells = false;
  private isItemPending = false;
  private readonly headings: Heading[] = [];
  private readonly tables: TableRange[] = [];
  private heading: { level: number; offset: number; parts: string[] } | null = null;
  private tableDepth = 0;
  private table: OpenTable | null = null;

  append(text: string): void {
    if (text === '') return;
    const separator = this.takeSeparator();
    this.push(separator);
    if (this.isItemPending) this.push('- ');
    this.isItemPending = false;
    if (this.heading && this.heading.parts.length === 0) this.heading.offset = this.length;
    if (this.table) this.table.start ??= this.length;
    this.heading?.parts.push(separator, text);
    this.push(text);
  }

  private takeSeparator(): string {
    let separator = '';
    if (this.length > 0 && this.pendingBreaks > 0) separator = '\n'.repeat(this.pendingBreaks);
    else if (this.length > 0 && this.isBetweenCells) separator = ' | ';
    else if (this.length > 0 && this.isSpacePending) separator = ' ';
    this.pendingBreaks = 0;
    this.isBetweenCells = false;
    this.isSpacePending = false;
    return separator;
  }

  private push(text: string): void {
    this.parts.push(text);
    this.length += text.length;
  }

  appendCollapsed(text: string): void {
    const collapsed = text.replace(/[ \t\n\r\f\u00a0]+/g, ' ');
    if (collapsed.startsWith(' ')) this.isSpacePending = true;
    this.append(collapsed.trim());
    if (collapsed.endsWith(' ')) this.isSpacePending = true;
  }

  breakLine(lines: number): void {
    this.pendingBreaks = Math.max(this.pendingBreaks, lines);
    this.isBetweenCells = false;
  }

  /** Marks what comes next as an item of a list, whatever breaks come before it; an item without text leaves no trace. */
  startItem(): void {
    this.isItemPending = true;
  }

  endItem(): void {
    this.isItemPending = false;
  }

  /** Cells of a row stand apart by a bar; empty ones leave no trace. */
  separateCells(): void {
    if (this.pendingBreaks === 0) this.isBetweenCells = true;
  }

  startHeading(level: number): void {
    this.heading = { level, offset: this.length, parts: [] };
  }

  endHeading(): void {
    const { level, offset, parts } = this.heading ?? { level: 1, offset: 0, parts: [] };
    const title = parts.join('').replace(/\s+/g, ' ').trim();
    if (title !== '' && this.headings.length < MAX_HEADINGS) this.headings.push({ offset, level, title });
    this.heading = null;
  }

  /** Tables within tables are cells of the outermost one. */
  startTable({ isFirstRowHeader = false } = {}): void {
    if (this.tableDepth++ > 0) return;
    this.table = { start: null, headerEnd: null, isHeaderRow: isFirstRowHeader, hasBody: false };
  }

  /** Says that the row that is open names the columns. */
  markHeaderRow(): void {
    if (this.table && this.tableDepth === 1) this.table.isHeaderRow = !this.table.hasBody;
  }

  endRow(): void {
    if (this.tableDepth !== 1 || !this.table || this.table.start === null) return;
    if (this.table.isHeaderRow) this.table.headerEnd = this.length;
    else this.table.hasBody = true;
    this.table.isHeaderRow = false;
  }

  endTable(): void {
    this.tableDepth = Math.max(0, this.tableDepth - 1);
    if (this.tableDepth > 0 || !this.table) return;
    const { start, headerEnd } = this.table;
    this.table = null;
    if (start === null || headerEnd === null || headerEnd >= this.length) return;
    if (this.tables.length < MAX_TABLES) this.tables.push({ start, headerEnd, end: this.length });
  }

  finish(): CollectedText {
    return { text: this.parts.join(''), headings: this.headings, tables: this.tables };
  }
}
