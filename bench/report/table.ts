/** Formats rows as a Markdown table whose columns line up; numbers stand right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Writes a number with three digits that count, thousands apart. */
export function showNumber(value: number | null, unit = ''): string {
  if (value === null || Number.isNaN(value)) return '-';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const shown = value.toLocaleString('en', {
    minimumFractionDigits: 0,
    maximumFractionDigits: Math.min(4, digits),
  });
  return unit === '' ? shown : `${shown} ${unit}`;
}
