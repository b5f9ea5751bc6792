/** Tells whether a schedule fires in the minute that begins at `minuteMs`, when it fired last (or was started) at `lastMs`. */
export type Schedule = (minuteMs: number, lastMs: number) => boolean;

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Parses `rate(5 minutes)` or `cron(0 3 * * ? *)`, in UTC. */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate) {
    const periodMs = Number(rate[1]) * (UNIT_MS[rate[2] ?? ''] ?? 0);
    if (periodMs <= 0) throw new Error(`the schedule ${expression} has no period`);
    return (minuteMs, lastMs) => minuteMs - lastMs >= periodMs;
  }
  const cron = /^cron\(([^)]*)\)$/.exec(expression);
  if (cron) return parseCron((cron[1] ?? '').trim().split(/\s+/), expression);
  throw new Error(
    `the schedule ${JSON.stringify(expression)} is neither rate(<n> minutes|hours|days) nor cron(<six fields>)`,
  );
}

interface Field {
  from: number;
  to: number;
  names: string[];
  read(date: Date): number;
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const FIELDS: Field[] = [
  { from: 0, to: 59, names: [], read: (date) => date.getUTCMinutes() },
  { from: 0, to: 23, names: [], read: (date) => date.getUTCHours() },
  { from: 1, to: 31, names: [], read: (date) => date.getUTCDate() },
  { from: 1, to: 12, names: MONTHS, read: (date) => date.getUTCMonth() + 1 },
  { from: 1, to: 7, names: DAYS, read: (date) => date.getUTCDay() + 1 },
  { from: 1970, to: 2199, names: [], read: (date) => date.getUTCFullYear() },
];

function parseCron(parts: string[], expression: string): Schedule {
  if (parts.length !== FIELDS.length)
    throw new Error(`the schedule ${expression} has ${parts.length} fields; expected ${FIELDS.length}`);
  const matchers = FIELDS.map((field, index) => {
    const accepted = parseField(parts[index] ?? '', field, expression);
    return (date: Date): boolean => accepted === null || accepted.has(field.read(date));
  });
  return (minuteMs) => {
    const date = new Date(minuteMs);
    return matchers.every((matches) => matches(date));
  };
}

function parseField(text: string, field: Field, expression: string): Set<number> | null {
  if (text === '*' || text === '?') return null;
  const accepted = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    const isAll = match?.[1] === '*';
    const first = isAll ? field.from : valueOf(match?.[1], field);
    const step = match?.[3] === undefined ? 1 : Number(match[3]);
    const openEnd = isAll || match?.[3] !== undefined ? field.to : first;
    const last = match?.[2] === undefined ? openEnd : valueOf(match[2], field);
    if (!match || !inRange(first, field) || !inRange(last, field) || last < first || step < 1) {
      throw new Error(
        `the schedule ${expression} has ${JSON.stringify(part)}, which is not supported; expected values from ${field.from} to ${field.to}`,
      );
    }
    for (let value = first; value <= last; value += step) accepted.add(value);
  }
  return accepted;
}

function valueOf(text: string | undefined, field: Field): number {
  const named = field.names.indexOf((text ?? '').toUpperCase());
  return named >= 0 ? named + field.from : Number(text);
}

const inRange = (value: number, { from, to }: Field): boolean =>
  Number.isInteger(value) && value >= from && value <= to;
