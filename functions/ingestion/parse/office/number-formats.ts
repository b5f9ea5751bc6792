import type { Archive } from '../archive.ts';
import { readXml, type XmlAttributes } from '../read-xml.ts';

/** The built-in formats that show a number as a date or a time. */
const BUILT_IN: [from: number, to: number][] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
];
const DAY_MS = 86_400_000;
/** Day 0 of both calendars. The older one takes 1900 for a leap year, which shifts its zero by a day for every date since March of it. */
const ZERO_1900 = Date.UTC(1899, 11, 30);
const ZERO_1904 = Date.UTC(1904, 0, 1);
/** 31 December 9999, the last day that a spreadsheet knows. */
const LAST_DAY = 2_958_466;

/** How a number is shown that stands for time: as a moment, or as hours that may be more than a day has. */
export type TimeStyle = 'moment' | 'duration';

const BUILT_IN_DURATION = 46;
const HOUR_S = 3_600;

function styleOfCode(code: string): TimeStyle | null {
  const plain = code.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';', 1)[0] ?? '';
  if (/\[(h+|m+|s+)\]/i.test(plain)) return 'duration';
  const shown = plain.replace(/\[[^\]]*\]/g, '');
  return /[dmyhs]/i.test(shown) && !/general/i.test(shown) ? 'moment' : null;
}

function styleOfBuiltIn(format: number): TimeStyle | null {
  if (format === BUILT_IN_DURATION) return 'duration';
  return BUILT_IN.some(([from, to]) => format >= from && format <= to) ? 'moment' : null;
}

/** Returns which cell styles show numbers as times, by the index that cells name. */
export function readTimeStyles(archive: Archive, part: string): ReadonlyMap<number, TimeStyle> {
  const times = new Map<number, TimeStyle>();
  const bytes = archive.find(part);
  if (!bytes) return times;
  const formats = new Map<number, string>();
  let isInCells = false;
  let index = 0;
  const open = (name: string, attributes: XmlAttributes): void => {
    if (name === 'numFmt') formats.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
    if (name === 'cellXfs') isInCells = true;
    if (name !== 'xf' || !isInCells) return;
    const format = Number(attributes['numFmtId'] ?? 0);
    const custom = formats.get(format);
    const style = custom === undefined ? styleOfBuiltIn(format) : styleOfCode(custom);
    if (style) times.set(index, style);
    index++;
  };
  const close = (name: string): void => {
    if (name === 'cellXfs') isInCells = false;
  };
  readXml(bytes, { open, close }, part);
  return times;
}

/** Returns a number of days as hours, minutes and seconds. */
export function formatDuration(days: number): string {
  const seconds = Math.round(Math.abs(days) * 24 * HOUR_S);
  const pieces = [Math.floor((seconds % HOUR_S) / 60), seconds % 60].map((piece) =>
    `${piece}`.padStart(2, '0'),
  );
  return `${days < 0 ? '-' : ''}${Math.floor(seconds / HOUR_S)}:${pieces.join(':')}`;
}

/** Returns a number that a spreadsheet shows as a date as one that sorts as text: date, date and time, or time alone. */
export function formatSerialDate(serial: number, is1904: boolean): string | number {
  if (!(serial >= 0 && serial < LAST_DAY)) return serial;
  const zero = is1904 ? ZERO_1904 : ZERO_1900;
  const iso = new Date(zero + Math.round(serial * 86_400) * 1_000).toISOString();
  if (serial < 1) return iso.slice(11, 19);
  return Math.abs(serial - Math.round(serial)) * DAY_MS < 500 ? iso.slice(0, 10) : iso.slice(0, 19);
}
