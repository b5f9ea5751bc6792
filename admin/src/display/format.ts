const numbers = new Intl.NumberFormat('en');
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : numbers.format(value);
}

/** "1 file", "2 files". */
export function formatAmount(value: number, one: string, many = `${one}s`): string {
  return `${numbers.format(value)} ${value === 1 ? one : many}`;
}

export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? numbers.format(value) : value.toPrecision(3)} ${UNITS[power] ?? ''}`;
}

export function formatDate(text: string): string {
  return new Date(text).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/** "startOffset" becomes "Start offset". */
export function formatName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
  return (words.charAt(0).toUpperCase() + words.slice(1)).replace(
    /\b(id|ids|url|usd|api|json|rrf|sha256)\b/gi,
    (word) => word.toUpperCase().replace('IDS', 'IDs'),
  );
}

/** "AWAITING_UPLOAD" becomes "Awaiting upload"; abbreviations stay. */
export function formatEnum(value: string): string {
  return ['RRF'].includes(value) ? value : formatName(value.toLowerCase());
}

/** Reads what AWSJSON answers: JSON text, or already a value. */
export function readJson(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // Shown as it is: better than hiding what the server sent.
    return value;
  }
}
