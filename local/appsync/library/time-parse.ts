import { literalOf, MONTHS, offsetMinutes, TOKEN, WEEKDAYS } from './time-format.ts';

/** What a text said of a time; what it did not say stays away. */
interface Parsed {
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  hour?: number;
  /** Of a clock with twelve hours. */
  halfHour?: number;
  isAfternoon?: boolean;
  minute?: number;
  second?: number;
  millisecond?: number;
  offsetMinutes?: number;
  zone?: string;
}

/** How one run of letters is found, and what it says. */
interface Reader {
  expression: string;
  read: (text: string, parsed: Parsed) => void;
}

function checkRange(text: string, name: string, [low, high]: [number, number]): number {
  const value = Number(text);
  if (value >= low && value <= high) return value;
  throw new Error(`the ${name} is ${text}; it must be ${low} to ${high}`);
}

function readOffset(text: string): number {
  const match = /([+-])(\d\d):?(\d\d)?/.exec(text);
  return match ? Number(`${match[1] ?? ''}1`) * (Number(match[2]) * 60 + Number(match[3] ?? 0)) : 0;
}

function numberReader(
  key: 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'halfHour' | 'minute' | 'second',
  length: number,
  range: [number, number],
): Reader {
  // A single letter takes as many digits as stand there; two letters take exactly two.
  const expression = length === 1 ? '\\d+' : `\\d{${length}}`;
  return {
    expression,
    read: (text, parsed) => (parsed[key] = checkRange(text, key, range)),
  };
}

function nameReader(
  names: readonly string[],
  length: number,
  read: (index: number, parsed: Parsed) => void,
): Reader {
  const known = names.map((name) => (length === 4 ? name : name.slice(0, 3)));
  return {
    expression: known.join('|'),
    read: (text, parsed) => {
      read(known.indexOf(text), parsed);
    },
  };
}

function yearReader(length: number): Reader {
  if (length !== 2) return numberReader('year', length === 1 ? 1 : length, [0, 9999]);
  return { expression: '\\d{2}', read: (text, parsed) => (parsed.year = 2000 + Number(text)) };
}

function zoneReader(letter: string, length: number): Reader {
  if (letter === 'V' || letter === 'z')
    return { expression: '[A-Za-z][A-Za-z0-9_+\\-/]*', read: (text, parsed) => (parsed.zone = text) };
  const isZulu = letter === 'X' ? 'Z|' : '';
  const separator = letter === 'Z' ? '' : length === 3 || length === 5 ? ':' : '';
  const minutes = length === 1 && letter !== 'Z' ? '(?:\\d\\d)?' : '\\d\\d';
  return {
    expression: `${isZulu}[+-]\\d\\d${separator}${minutes}`,
    read: (text, parsed) => (parsed.offsetMinutes = readOffset(text)),
  };
}

const READERS: Record<string, ((length: number) => Reader) | undefined> = {
  y: yearReader,
  u: yearReader,
  Y: yearReader,
  M: (length) =>
    length > 2
      ? nameReader(MONTHS, length, (index, parsed) => (parsed.month = index + 1))
      : numberReader('month', length, [1, 12]),
  d: (length) => numberReader('day', length, [1, 31]),
  D: (length) => numberReader('dayOfYear', length, [1, 366]),
  H: (length) => numberReader('hour', length, [0, 23]),
  k: (length) => ({
    ...numberReader('hour', length, [1, 24]),
    read: (text, parsed) => (parsed.hour = checkRange(text, 'hour', [1, 24]) % 24),
  }),
  h: (length) => ({
    ...numberReader('halfHour', length, [1, 12]),
    read: (text, parsed) => (parsed.halfHour = checkRange(text, 'hour', [1, 12]) % 12),
  }),
  K: (length) => numberReader('halfHour', length, [0, 11]),
  m: (length) => numberReader('minute', length, [0, 59]),
  s: (length) => numberReader('second', length, [0, 59]),
  S: (length) => ({
    expression: `\\d{${length}}`,
    read: (text, parsed) => (parsed.millisecond = Number(text.padEnd(3, '0').slice(0, 3))),
  }),
  a: () => ({ expression: 'AM|PM', read: (text, parsed) => (parsed.isAfternoon = text === 'PM') }),
  E: (length) => nameReader(WEEKDAYS, length, () => undefined),
  Z: (length) => zoneReader('Z', length),
  X: (length) => zoneReader('X', length),
  x: (length) => zoneReader('x', length),
  z: (length) => zoneReader('z', length),
  V: (length) => zoneReader('V', length),
};

function readersOf(pattern: string): { expression: RegExp; readers: Reader[] } {
  const readers: Reader[] = [];
  const parts = (pattern.match(TOKEN) ?? []).map((token) => {
    const literal = literalOf(token);
    if (literal !== null) return literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
    const reader = READERS[token.charAt(0)]?.(token.length);
    if (!reader) throw new Error(`the pattern letters '${token}' are not supported by the local runtime`);
    readers.push(reader);
    return `(${reader.expression})`;
  });
  return { expression: new RegExp(`^${parts.join('')}$`), readers };
}

function hourOf({ hour, halfHour, isAfternoon }: Parsed): number {
  if (hour !== undefined) return hour;
  return (halfHour ?? 0) + (isAfternoon === true ? 12 : 0);
}

function localTime(parsed: Parsed): number {
  const { year = 1970, month = 1, day = 1, dayOfYear, minute = 0, second = 0, millisecond = 0 } = parsed;
  // A day that the month does not have is its last one.
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const [monthIndex, date] = dayOfYear === undefined ? [month - 1, Math.min(day, lastDay)] : [0, dayOfYear];
  return Date.UTC(year, monthIndex, date, hourOf(parsed), minute, second, millisecond);
}

/** Reads a time by a pattern; the zone counts when the text has none. */
export function parseTime(timestamp: string, pattern: string, zone: string): number {
  const { expression, readers } = readersOf(pattern);
  const match = expression.exec(timestamp);
  if (!match) throw new Error(`'${timestamp}' does not fit the pattern '${pattern}'`);
  const parsed: Parsed = {};
  readers.forEach(({ read }, i) => {
    read(match[i + 1] ?? '', parsed);
  });
  const local = localTime(parsed);
  if (parsed.offsetMinutes !== undefined) return local - parsed.offsetMinutes * 60_000;
  const ownZone = parsed.zone ?? zone;
  // The offset belongs to the time that is looked for: the second look is right around a change of clocks.
  const near = local - offsetMinutes(local, ownZone) * 60_000;
  return local - offsetMinutes(near, ownZone) * 60_000;
}
