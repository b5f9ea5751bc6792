import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** One more than a row may have, so that whoever counts them sees that there are too many. */
const MAX_CELLS = INGESTION_LIMITS.columns + 1;

/** How the rows of a table are written. */
export interface RowDialect {
  delimiter: string;
  /** Whether a backslash before a quotation mark makes it one of the text. */
  isEscaped?: boolean;
  /** Whether spaces stand between a delimiter and a quotation mark. */
  isSpaced?: boolean;
}

/** Remembers the next place of a character: a text is searched once for each, however often it is asked. */
class Finder {
  readonly #text: string;
  readonly #character: string;
  #found = -1;

  constructor(text: string, character: string) {
    this.#text = text;
    this.#character = character;
  }

  /** Returns the first place from `start` on, or Infinity; `start` never goes back. */
  from(start: number): number {
    if (this.#found >= start) return this.#found;
    const at = this.#text.indexOf(this.#character, start);
    this.#found = at === -1 ? Infinity : at;
    return this.#found;
  }
}

function withoutReturn(cell: string): string {
  return cell.endsWith('\r') ? cell.slice(0, -1) : cell;
}

/** The rows of one stretch of text. `at` is behind what was read; it stays at the beginning of a row whose end is not there. */
class RowReader {
  at = 0;
  readonly #text: string;
  readonly #delimiter: string;
  readonly #isLast: boolean;
  readonly #dialect: RowDialect;
  readonly #quotes: Finder;
  readonly #lineFeeds: Finder;
  readonly #delimiters: Finder;

  constructor(text: string, dialect: RowDialect, isLast: boolean) {
    const { delimiter } = dialect;
    this.#text = text;
    this.#dialect = dialect;
    this.#delimiter = delimiter;
    this.#isLast = isLast;
    this.#quotes = new Finder(text, '"');
    this.#lineFeeds = new Finder(text, '\n');
    this.#delimiters = new Finder(text, delimiter);
  }

  /** Returns the cells of the next row, none for an empty line; null when it has no end yet. */
  next(): string[] | null {
    const lineFeed = this.#lineFeeds.from(this.at);
    if (lineFeed === Infinity && !this.#isLast) return null;
    const end = Math.min(lineFeed, this.#text.length);
    if (this.#quotes.from(this.at) > end) {
      const line = withoutReturn(this.#text.slice(this.at, end));
      this.at = end + 1;
      return line === '' ? [] : line.split(this.#delimiter, MAX_CELLS);
    }
    return this.#readCells();
  }

  #readCells(): string[] | null {
    const cells: string[] = [];
    let at = this.at;
    for (;;) {
      const opening = this.#findOpening(at);
      const cell = opening === null ? this.#readPlain(at, '') : this.#readQuoted(opening);
      if (cell === null) return null;
      if (cells.length < MAX_CELLS) cells.push(cell.text);
      at = cell.end + 1;
      if (this.#text[cell.end] === this.#delimiter) continue;
      this.at = at;
      return cells;
    }
  }

  /** Returns where a cell is opened by a quotation mark, before which spaces stand in some files; null when it is not. */
  #findOpening(start: number): number | null {
    let at = start;
    while (this.#dialect.isSpaced && this.#text.charCodeAt(at) === SPACE) at++;
    return this.#text.charCodeAt(at) === QUOTE ? at : null;
  }

  /** Reads a cell up to a delimiter or the end of the line; quotation marks within stand for themselves. */
  #readPlain(start: number, before: string): { text: string; end: number } | null {
    const lineFeed = this.#lineFeeds.from(start);
    const delimiter = this.#delimiters.from(start);
    const end = Math.min(lineFeed, delimiter);
    if (end === Infinity && !this.#isLast) return null;
    const text = before + this.#text.slice(start, end);
    if (delimiter < lineFeed) return { text, end };
    return { text: withoutReturn(text), end: Math.min(end, this.#text.length) };
  }

  /** A cell whose closing mark is followed by anything but its end is taken as it is written: people type quotation marks, too. */
  #readQuoted(opening: number): { text: string; end: number } | null {
    let from = opening + 1;
    let text = '';
    for (;;) {
      const quote = this.#quotes.from(from);
      if (quote === Infinity) {
        if (this.#isLast) throw new UnclosedQuote(opening);
        return null;
      }
      if (this.#dialect.isEscaped && this.#isBehindBackslash(quote)) {
        text += `${this.#text.slice(from, quote - 1)}"`;
        from = quote + 1;
        continue;
      }
      text += this.#text.slice(from, quote);
      const end = this.#endBehind(quote);
      if (end === null) return null;
      if (end >= 0) return { text, end };
      if (this.#text.charCodeAt(quote + 1) !== QUOTE) return this.#readPlain(quote + 1, `"${text}"`);
      text += '"';
      from = quote + 2;
    }
  }

  /** Two backslashes are one of the text. */
  #isBehindBackslash(quote: number): boolean {
    let at = quote;
    while (this.#text.charCodeAt(at - 1) === BACKSLASH) at--;
    return (quote - at) % 2 === 1;
  }

  /** Returns where a cell ends whose closing mark stands at `quote`; -1 when it does not end there, null when that is not known yet. */
  #endBehind(quote: number): number | null {
    const [next, following] = [quote + 1, quote + 2];
    if (next >= this.#text.length) return this.#isLast ? this.#text.length : null;
    const code = this.#text.charCodeAt(next);
    if (code === LINE_FEED || this.#text[next] === this.#delimiter) return next;
    if (code !== CARRIAGE_RETURN) return -1;
    if (following >= this.#text.length) return this.#isLast ? this.#text.length : null;
    return this.#text.charCodeAt(following) === LINE_FEED ? following : -1;
  }
}

/** The end of a text came before the closing mark. */
class UnclosedQuote extends Error {
  readonly at: number;

  constructor(at: number) {
    super('A quotation mark is not closed.');
    this.at = at;
  }
}

function countLines(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** The cells of a row, or why it cannot be read. */
export type Row = string[] | IngestionFailure;

/**
 * Splits the text of a table into rows of cells as it streams in: quoted cells hold delimiters, line breaks and doubled quotation marks. Of a
 * row that cannot be read the first line is passed over: what is behind it may be rows again.
 */
export class RowSplitter {
  readonly #dialect: RowDialect;
  #rest = '';
  /** The number of the line that the rest begins with. */
  #line: number;

  constructor(dialect: RowDialect, line = 1) {
    this.#dialect = dialect;
    this.#line = line;
  }

  /** True when the next text begins a row. */
  get isBetweenRows(): boolean {
    return this.#rest === '';
  }

  get line(): number {
    return this.#line;
  }

  /** Returns the rows that end in the text; empty lines are none. */
  push(text: string): Row[] {
    return this.#read(this.#rest + text, false);
  }

  /** Returns the rows that the last line break is missing behind. */
  finish(): Row[] {
    return this.#rest === '' ? [] : this.#read(this.#rest, true);
  }

  #read(text: string, isLast: boolean): Row[] {
    const rows: Row[] = [];
    let unread: string | null = text;
    while (unread !== null) unread = this.#readRows(unread, isLast, rows);
    return rows;
  }

  /** Reads on to the end, and returns null; or returns what is behind a line that is passed over. */
  #readRows(text: string, isLast: boolean, rows: Row[]): string | null {
    const reader = new RowReader(text, this.#dialect, isLast);
    let start = 0;
    let row: Row | null = null;
    while (start < text.length) {
      row = this.#readRow(reader, text);
      if (row === null || row instanceof IngestionFailure) break;
      if (reader.at - start > INGESTION_LIMITS.recordCharacters) rows.push(this.#tooLong());
      else if (row.length > 0) rows.push(row);
      this.#line += countLines(text, start, reader.at);
      start = reader.at;
    }
    this.#rest = start === 0 ? text : text.slice(start);
    if (row === null && this.#rest.length > INGESTION_LIMITS.waitedCharacters) row = this.#tooLong();
    if (!(row instanceof IngestionFailure)) return null;
    rows.push(row);
    return this.#passLine(isLast);
  }

  /** Returns what is behind the first line of the rest; a line without an end fails the file. */
  #passLine(isLast: boolean): string {
    const lineFeed = this.#rest.indexOf('\n');
    if (lineFeed === -1 && !isLast) throw this.#tooLong();
    const unread = lineFeed === -1 ? '' : this.#rest.slice(lineFeed + 1);
    this.#rest = '';
    this.#line++;
    return unread;
  }

  #readRow(reader: RowReader, text: string): Row | null {
    const start = reader.at;
    try {
      return reader.next();
    } catch (error) {
      if (!(error instanceof UnclosedQuote)) throw error;
      const line = this.#line + countLines(text, start, error.at);
      const message = `A quotation mark that opens in line ${line} is never closed.`;
      return new IngestionFailure('VALIDATION', message, { location: `line ${line}` });
    }
  }

  #tooLong(): IngestionFailure {
    const message = `The row is longer than ${INGESTION_LIMITS.recordCharacters} characters that begins in line ${this.#line}; a quotation mark may be missing.`;
    return new IngestionFailure('VALIDATION', message, { location: `line ${this.#line}` });
  }
}
