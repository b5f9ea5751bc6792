import type { LibraryFunction } from './handler-session.ts';
import { formatTime } from './time-format.ts';
import { parseTime } from './time-parse.ts';

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Error(`${name} must be a string, not ${JSON.stringify(value)}`);
  return value;
}

function milliseconds(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(new Date(value).getTime())) {
    throw new Error(`${JSON.stringify(value)} is not a time in milliseconds`);
  }
  return value;
}

function zone(value: unknown): string {
  return value === undefined || value === null ? 'UTC' : text(value, 'the time zone');
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function parseIso(timestamp: string): number {
  const parsed = ISO_TIME.test(timestamp) ? Date.parse(timestamp) : NaN;
  if (Number.isNaN(parsed)) throw new Error(`'${timestamp}' is not an ISO 8601 time with a zone`);
  return parsed;
}

/** `util.time`. */
export const timeFunctions = {
  'util.time.nowISO8601': (_, { nowMs }) => new Date(nowMs()).toISOString(),
  'util.time.nowEpochSeconds': (_, { nowMs }) => Math.floor(nowMs() / 1000),
  'util.time.nowEpochMilliSeconds': (_, { nowMs }) => Math.floor(nowMs()),
  'util.time.nowFormatted': ([format, timezone], { nowMs }) =>
    formatTime(nowMs(), text(format, 'the format'), zone(timezone)),
  'util.time.parseFormattedToEpochMilliSeconds': ([timestamp, format, timezone]) =>
    parseTime(text(timestamp, 'the timestamp'), text(format, 'the format'), zone(timezone)),
  'util.time.parseISO8601ToEpochMilliSeconds': ([timestamp]) => parseIso(text(timestamp, 'the timestamp')),
  'util.time.epochMilliSecondsToSeconds': ([ms]) => Math.floor(milliseconds(ms) / 1000),
  'util.time.epochMilliSecondsToISO8601': ([ms]) => new Date(milliseconds(ms)).toISOString(),
  'util.time.epochMilliSecondsToFormatted': ([ms, format, timezone]) =>
    formatTime(milliseconds(ms), text(format, 'the format'), zone(timezone)),
} satisfies Record<string, LibraryFunction>;
