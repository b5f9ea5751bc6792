const NUMBER = /^[-+]?[\d.,\s]*\d[%]?$/;
const YEAR = /^(?:1[89]|20)\d\d$/;
const MAX_TITLE_ROWS = 3;
/** The name of a column stands in the text of every row: a long one would multiply the file. */
const MAX_NAME_LENGTH = 128;
/** Enough rows to tell titles and a header from data. */
export const HEADER_ROWS = 8;

export interface TableHead {
  columns: string[];
  /** Rows above the header with one cell, such as the table's name. */
  titles: string[];
  /** How many of the rows given are not data. */
  rowsUsed: number;
}

function countFilled(row: readonly string[]): number {
  return row.filter((cell) => cell.trim() !== '').length;
}

/** Years one after the other are names of columns, as statistics have them, and accounts the newest first. */
function areYears(cells: readonly string[]): boolean {
  const step = Math.sign(Number(cells[1]) - Number(cells[0]));
  return (
    cells.length > 1 &&
    step !== 0 &&
    cells.every((cell, i) => YEAR.test(cell) && (i === 0 || Number(cell) === Number(cells[i - 1]) + step))
  );
}

/** Numbers are names of columns, too, when several rows below have something else in every one of these columns. */
function areNumberedNames(cells: readonly string[], below: readonly string[][]): boolean {
  const columns = [...cells.keys()].filter((column) => NUMBER.test(cells[column] ?? ''));
  return (
    columns.length > 1 &&
    columns.every((column) => {
      const filled = below.map((row) => (row[column] ?? '').trim()).filter((cell) => cell !== '');
      return filled.length > 1 && !filled.some((cell) => NUMBER.test(cell));
    })
  );
}

/** Whether a column has a name in the row, and below it numbers and nothing else: data would have a number there, too. */
function standsAboveNumbers(row: readonly string[], below: readonly string[][]): boolean {
  return row.some((cell, column) => {
    const filled = below.map((other) => (other[column] ?? '').trim()).filter((other) => other !== '');
    return cell.trim() !== '' && filled.length > 0 && filled.every((other) => NUMBER.test(other));
  });
}

function isHeader(row: readonly string[], below: readonly string[][]): boolean {
  const cells = row.map((cell) => cell.trim());
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length < cells.length * 0.5 || filled.length === 0) return false;
  const numbers = filled.filter((cell) => NUMBER.test(cell));
  if (numbers.length === filled.length) return false;
  if (numbers.length > 0 && !areYears(numbers) && !areNumberedNames(cells, below)) return false;
  return new Set(filled).size === filled.length || (numbers.length === 0 && standsAboveNumbers(row, below));
}

function nameColumns(row: readonly string[], width: number): string[] {
  const copies = new Map<string, number>();
  return Array.from({ length: width }, (_, index) => {
    const cell = (row[index] ?? '').replace(/\s+/g, ' ').trim().slice(0, MAX_NAME_LENGTH);
    const name = cell || `column ${index + 1}`;
    const copy = (copies.get(name) ?? 0) + 1;
    copies.set(name, copy);
    return copy === 1 ? name : `${name} (${copy})`;
  });
}

/** Rows of one cell are titles when a table of several columns follows; more than one of them, when nothing but that follows. */
function countTitles(rows: readonly string[][]): number {
  const isTitle = rows.map((row) => countFilled(row) === 1);
  const end = isTitle.indexOf(false);
  if (end <= 0 || end > MAX_TITLE_ROWS) return 0;
  const isTable = rows.length > end + 1 && !isTitle.includes(true, end);
  return end === 1 || isTable ? end : 0;
}

/** Finds the header among the first rows; without one, the columns are numbered. */
export function readTableHead(rows: readonly string[][]): TableHead {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const at = countTitles(rows);
  const titles = rows.slice(0, at).map((row) => row.join(' ').trim());
  const candidate = rows[at] ?? [];
  const hasHeader = rows.length > at + 1 && isHeader(candidate, rows.slice(at + 1));
  return {
    columns: nameColumns(hasHeader ? candidate : [], width),
    titles,
    rowsUsed: at + (hasHeader ? 1 : 0),
  };
}
