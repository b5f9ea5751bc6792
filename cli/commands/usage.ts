import type { Command, CommandContext, Values } from '../command.ts';
import { readChoice, readText } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { GetUsageDocument, type GetUsageQuery } from '../generated/operations.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { printTable } from '../terminal/print-table.ts';
import { requireDatabase } from './find-database.ts';

type Point = GetUsageQuery['getUsage']['points'][number];

const GRANULARITIES = ['HOUR', 'DAY', 'MONTH'] as const;
const DEFAULT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

function readDate(values: Values, name: string, fallbackMs: number): string {
  const text = readText(values, name);
  const time = text === undefined ? fallbackMs : Date.parse(text);
  if (Number.isNaN(time)) throw usageFailure(`--${name} is "${text}"; expected a date such as 2030-01-31.`);
  return new Date(time).toISOString();
}

async function run({ client, output, values, positionals }: CommandContext): Promise<number> {
  if (positionals.length > 0)
    throw usageFailure(`"${positionals.join(' ')}" is too much.`, 'See "vdb usage --help".');
  const granularity = readChoice(values, 'by', GRANULARITIES) ?? 'DAY';
  const nowMs = Date.now();
  const from = readDate(values, 'from', nowMs - DEFAULT_DAYS * DAY_MS);
  const to = readDate(values, 'to', nowMs);
  const apiKeyId = readText(values, 'key');
  const named = readText(values, 'database');
  if (named !== undefined && apiKeyId !== undefined)
    throw usageFailure('Give --database or --key, not both.');
  const databaseId = named === undefined ? undefined : (await requireDatabase(client, named)).id;
  const { getUsage } = await client.send(GetUsageDocument, { databaseId, apiKeyId, from, to, granularity });
  if (output.isJson) {
    output.print(JSON.stringify(getUsage));
    return 0;
  }
  const rows: Point[] = [...getUsage.points, { at: 'total', counts: getUsage.total }];
  const count = (title: string, read: (counts: Point['counts']) => number) => ({
    title,
    value: ({ counts }: Point) => formatCount(read(counts)),
    isNumber: true,
  });
  printTable(output, rows, [
    { title: granularity, value: ({ at }) => at },
    count('SEARCHES', ({ searches }) => searches),
    count('READS', ({ reads }) => reads),
    count('WRITES', ({ writes }) => writes),
    count('FILES', ({ filesIngested }) => filesIngested),
    count('TOKENS', ({ embeddedTokens }) => embeddedTokens),
    { title: 'STORED', value: ({ counts }) => formatBytes(counts.bytesStored), isNumber: true },
    count('ERRORS', ({ errors }) => errors),
    { title: 'USD', value: ({ counts }) => counts.estimatedCostUsd.toFixed(2), isNumber: true },
  ]);
  return 0;
}

export const usageCommand: Command = {
  summary: 'Report how much was used',
  help: `Usage: vdb usage [--database NAME|ID | --key ID] [--from DATE] [--to DATE] [--by hour|day|month]

Options:
  --database NAME|ID  count only this database
  --key ID            count only this key
  --from DATE         the beginning; the default is 30 days ago
  --to DATE           the end; the default is now
  --by STEP           hour, day or month; the default is day`,
  options: {
    database: { type: 'string', short: 'd' },
    key: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
  },
  run,
};
