/** The pattern letters of Java's DateTimeFormatter that resolvers use, on top of Intl for time zones. */

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  offsetMinutes: number;
  weekday: number;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** One run of a letter, one quoted text, or one other character. */
const TOKEN = /([A-Za-z])\1*|'(?:[^']|'')*'|[^A-Za-z']/g;

function offsetMinutes(epochMs: number, zone: string): number {
  let name: string | undefined;
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    name = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value;
  } catch (cause) {
    throw new Error(`'${zone}' is not a time zone`, { cause });
  }
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '');
  return match ? Number(`${match[1] ?? ''}1`) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

function fieldsAt(epochMs: number, zone: string): Fields {
  const offset = offsetMinutes(epochMs, zone);
  const local = new Date(epochMs + offset * 60_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
    offsetMinutes: offset,
    weekday: local.getUTCDay(),
  };
}

function formatOffset(minutes: number, separator: string): string {
  const size = Math.abs(minutes);
  const [hours, rest] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
  return `${minutes < 0 ? '-' : '+'}${hours ?? ''}${separator}${rest ?? ''}`;
}

function formatToken(token: string, fields: Fields): string {
  const pad = (value: number): string => String(value).padStart(token.length, '0');
  const month = MONTHS[fields.month - 1] ?? '';
  switch (token[0]) {
    case 'y':
    case 'u':
      return token.length === 2 ? String(fields.year % 100).padStart(2, '0') : pad(fields.year);
    case 'M':
      return token.length === 4 ? month : token.length === 3 ? month.slice(0, 3) : pad(fields.month);
    case 'd':
      return pad(fields.day);
    case 'E':
      return (WEEKDAYS[fields.weekday] ?? '').slice(0, token.length === 4 ? undefined : 3);
    case 'H':
      return pad(fields.hour);
    case 'h':
      return pad(fields.hour % 12 || 12);
    case 'a':
      return fields.hour < 12 ? 'AM' : 'PM';
    case 'm':
      return pad(fields.minute);
    case 's':
      return pad(fields.second);
    case 'S':
      return String(fields.millisecond).padStart(3, '0').padEnd(token.length, '0').slice(0, token.length);
    case 'Z':
      return formatOffset(fields.offsetMinutes, '');
    case 'X':
      if (fields.offsetMinutes === 0) return 'Z';
      return formatOffset(fields.offsetMinutes, token.length === 3 ? ':' : '');
    default:
      throw new Error(`the pattern letters '${token}' are not supported by the local runtime`);
  }
}

function literalOf(token: string): string | null {
  if (/^[A-Za-z]/.test(token)) return null;
  if (!token.startsWith("'")) return token;
  return token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'");
}

/** Formats a time by a pattern such as `yyyy-MM-dd HH:mm:ssZ`. */
export function formatTime(epochMs: number, pattern: string, zone: string): string {
  const fields = fieldsAt(epochMs, zone);
  return (pattern.match(TOKEN) ?? []).map((token) => literalOf(token) ?? formatToken(token, fields)).join('');
}

const PARSED: Record<string, { field: keyof Fields; digits: string } | undefined> = {
  y: { field: 'year', digits: '\\d{4}' },
  u: { field: 'year', digits: '\\d{4}' },
  M: { field: 'month', digits: '\\d{1,2}' },
  d: { field: 'day', digits: '\\d{1,2}' },
  H: { field: 'hour', digits: '\\d{1,2}' },
  m: { field: 'minute', digits: '\\d{1,2}' },
  s: { field: 'second', digits: '\\d{1,2}' },
  S: { field: 'millisecond', digits: '\\d{1,3}' },
  Z: { field: 'offsetMinutes', digits: '[+-]\\d{4}' },
  X: { field: 'offsetMinutes', digits: 'Z|[+-]\\d\\d:?\\d\\d' },
};

function patternToExpression(pattern: string): { expression: RegExp; fields: (keyof Fields)[] } {
  const fields: (keyof Fields)[] = [];
  const parts = (pattern.match(TOKEN) ?? []).map((token) => {
    const literal = literalOf(token);
    if (literal !== null) return literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    const parsed = PARSED[token.charAt(0)];
    if (!parsed) throw new Error(`the pattern letters '${token}' are not supported by the local runtime`);
    fields.push(parsed.field);
    return `(${parsed.digits})`;
  });
  return { expression: new RegExp(`^${parts.join('')}$`), fields };
}

function fieldValue(field: keyof Fields, digits: string): number {
  if (field === 'millisecond') return Number(digits.padEnd(3, '0'));
  if (field !== 'offsetMinutes') return Number(digits);
  const match = /([+-])(\d\d):?(\d\d)/.exec(digits);
  return match ? Number(`${match[1] ?? ''}1`) * (Number(match[2]) * 60 + Number(match[3])) : 0;
}

/** Reads a time by a pattern; the zone counts when the pattern has no offset. */
export function parseTime(timestamp: string, pattern: string, zone: string): number {
  const { expression, fields } = patternToExpression(pattern);
  const match = expression.exec(timestamp);
  if (!match) throw new Error(`'${timestamp}' does not fit the pattern '${pattern}'`);
  const read: Partial<Fields> = {};
  fields.forEach((field, i) => (read[field] = fieldValue(field, match[i + 1] ?? '')));
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0 } = read;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  return local - (read.offsetMinutes ?? offsetMinutes(local, zone)) * 60_000;
}
