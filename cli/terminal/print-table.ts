import { printable } from './format.ts';
import type { Output } from './output.ts';

export interface Column<Row> {
  title: string;
  value: (row: Row) => string;
  /** Numbers stand to the right. */
  isNumber?: boolean;
}

function pad(text: string, width: number, isNumber = false): string {
  const space = ' '.repeat(Math.max(0, width - Array.from(text).length));
  return isNumber ? space + text : text + space;
}

/** Prints rows under titles; nothing is cut off, so that what is printed can be copied. */
export function printTable<Row>(output: Output, rows: readonly Row[], columns: readonly Column<Row>[]): void {
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))));
  const widths = columns.map(({ title }, column) =>
    Math.max(title.length, ...cells.map((line) => Array.from(line[column] ?? '').length)),
  );
  const write = (line: readonly string[]): string =>
    line
      .map((text, column) => pad(text, widths[column] ?? 0, columns[column]?.isNumber))
      .join('  ')
      .trimEnd();
  output.print(output.style('bold', write(columns.map(({ title }) => title))));
  for (const line of cells) output.print(write(line));
}
