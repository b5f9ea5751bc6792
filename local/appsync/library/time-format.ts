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
  zone: string;
  epochMs: number;
}

/** English, as the service's locale has it. */
export const MONTHS =
  'January February March April May June July August September October November December'.split(' ');
/** From Sunday. */
export const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** One run of a letter, one quoted text, or one other character. */
export const TOKEN = /([A-Za-z])\1*|'(?:[^']|'')*'|[^A-Za-z']/g;

/** `+5`, `+0530`, `UTC-03:00`, `GMT+5` and `Z`, as Java's ZoneId reads them. */
const FIXED_ZONE = /^(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?([0-5]\d))?$/;

/** Returns the name by which Intl knows a zone of Java. */
function intlZone(zone: string): string {
  if (zone === 'Z') return 'UTC';
  const [, sign, hours, minutes = '00'] = FIXED_ZONE.exec(zone) ?? [];
  return sign === undefined || hours === undefined ? zone : `${sign}${hours.padStart(2, '0')}:${minutes}`;
}

/** Returns how far a zone is ahead of UTC at a time. */
export function offsetMinutes(epochMs: number, zone: string): number {
  let name: string | undefined;
  try {
    const timeZone = intlZone(zone);
    const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
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
    zone,
    epochMs,
  };
}

function formatOffset(minutes: number, separator: string): string {
  const size = Math.abs(minutes);
  const [hours, rest] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
  return `${minutes < 0 ? '-' : '+'}${hours ?? ''}${separator}${rest ?? ''}`;
}

/** `+08:00` and its shorter forms; Java writes the offset by how often the letter stands. */
function formatIsoOffset(minutes: number, letters: number): string {
  const full = formatOffset(minutes, letters % 2 === 1 && letters > 1 ? ':' : '');
  return letters === 1 && minutes % 60 === 0 ? full.slice(0, 3) : full;
}

function formatLocalized(minutes: number, isFull: boolean): string {
  if (minutes === 0) return 'GMT';
  if (isFull) return `GMT${formatOffset(minutes, ':')}`;
  const rest = Math.abs(minutes) % 60;
  const hours = `${minutes < 0 ? '-' : '+'}${Math.trunc(Math.abs(minutes) / 60)}`;
  return `GMT${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

function formatZone(letter: string, length: number, fields: Fields): string {
  const { offsetMinutes, zone, epochMs } = fields;
  switch (letter) {
    case 'Z':
      if (length < 4) return formatOffset(offsetMinutes, '');
      return length === 4 ? formatLocalized(offsetMinutes, true) : formatZone('X', 3, fields);
    case 'X':
      return offsetMinutes === 0 ? 'Z' : formatIsoOffset(offsetMinutes, length);
    case 'x':
      return formatIsoOffset(offsetMinutes, length);
    case 'O':
      return formatLocalized(offsetMinutes, length === 4);
    case 'V':
      return zone;
    default: {
      const timeZoneName = length === 4 ? 'long' : 'short';
      const format = new Intl.DateTimeFormat('en-US', { timeZone: intlZone(zone), timeZoneName });
      const parts = format.formatToParts(epochMs);
      return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
    }
  }
}

/** Text of a month or weekday by how often its letter stands. */
function formatName(name: string, length: number): string {
  if (length === 5) return name.slice(0, 1);
  return length === 4 ? name : name.slice(0, 3);
}

/** Weeks begin on Sunday, and the first one holds January 1st, as in the locale of the service. */
function weekYear({ year, month, day, weekday }: Fields): number {
  const daysLeft = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, month - 1, day)) / DAY_MS;
  return daysLeft <= 6 - weekday ? year + 1 : year;
}

function formatYear(year: number, length: number): string {
  return length === 2 ? String(year % 100).padStart(2, '0') : String(year).padStart(length, '0');
}

const DAY_MS = 86_400_000;
const ZONE_LETTERS = 'ZXxOVz';

/** Numbers that are written with at least as many digits as letters. */
const NUMBERS: Record<string, ((fields: Fields) => number) | undefined> = {
  d: ({ day }) => day,
  D: ({ year, month, day }) => (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 0)) / DAY_MS,
  H: ({ hour }) => hour,
  k: ({ hour }) => hour || 24,
  K: ({ hour }) => hour % 12,
  h: ({ hour }) => hour % 12 || 12,
  m: ({ minute }) => minute,
  s: ({ second }) => second,
  A: ({ hour, minute, second, millisecond }) => ((hour * 60 + minute) * 60 + second) * 1000 + millisecond,
  n: ({ millisecond }) => millisecond * 1_000_000,
  N: ({ hour, minute, second, millisecond }) =>
    (((hour * 60 + minute) * 60 + second) * 1000 + millisecond) * 1_000_000,
};

function formatToken(token: string, fields: Fields): string {
  const { length } = token;
  const letter = token.charAt(0);
  const number = NUMBERS[letter];
  if (number) return String(number(fields)).padStart(length, '0');
  if (ZONE_LETTERS.includes(letter)) return formatZone(letter, length, fields);
  switch (letter) {
    case 'y':
    case 'u':
      return formatYear(fields.year, length);
    case 'Y':
      return formatYear(weekYear(fields), length);
    case 'G':
      return length === 4 ? 'Anno Domini' : 'AD';
    case 'M':
    case 'L':
      if (length < 3) return String(fields.month).padStart(length, '0');
      return formatName(MONTHS[fields.month - 1] ?? '', length);
    case 'Q':
    case 'q': {
      const quarter = Math.ceil(fields.month / 3);
      return length < 3 ? String(quarter).padStart(length, '0') : `Q${quarter}`;
    }
    case 'E':
      return formatName(WEEKDAYS[fields.weekday] ?? '', length);
    case 'e':
    case 'c':
      return length < 3 ? String(fields.weekday + 1) : formatName(WEEKDAYS[fields.weekday] ?? '', length);
    case 'a':
      return fields.hour < 12 ? 'AM' : 'PM';
    case 'S':
      return String(fields.millisecond).padStart(3, '0').padEnd(length, '0').slice(0, length);
    default:
      throw new Error(`the pattern letters '${token}' are not supported by the local runtime`);
  }
}

/** Returns the text that a token stands for by itself; null for pattern letters. */
export function literalOf(token: string): string | null {
  if (/^[A-Za-z]/.test(token)) return null;
  if (!token.startsWith("'")) return token;
  return token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'");
}

/** Formats a time by a pattern such as `yyyy-MM-dd HH:mm:ssZ`. */
export function formatTime(epochMs: number, pattern: string, zone: string): string {
  const fields = fieldsAt(epochMs, zone);
  return (pattern.match(TOKEN) ?? []).map((token) => literalOf(token) ?? formatToken(token, fields)).join('');
}
