import type { Command, CommandContext } from '../command.ts';
import { readChoice, readJsonObject, readNumber, readText } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { SearchDocument, type SearchQuery } from '../generated/operations.ts';
import { formatNoun, printable } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import { requireDatabase } from './find-database.ts';

type Hit = SearchQuery['searchVectors']['hits'][number];

const MODES = ['HYBRID', 'VECTOR', 'KEYWORD'] as const;
const MAX_TOP = 1000;
const INDENT = 4;
/** Lines of text that are shown of a hit. */
const SHOWN_LINES = 3;
const MIN_WIDTH = 20;
const MAX_WIDTH = 100;

/** A window of the text that holds its first highlight, with the matching words marked for colouring. */
function excerpt({ text, highlights }: Hit, { style }: Output, width: number): string[] {
  if (text === null) return [];
  const window = width * SHOWN_LINES;
  const first = highlights?.[0]?.start ?? 0;
  const start = first < window / 2 ? 0 : text.indexOf(' ', first - Math.floor(window / 2)) + 1;
  const words = new Set(
    (highlights ?? []).map((range) => text.slice(range.start, range.end)).filter((w) => /^\S+$/.test(w)),
  );
  const shown = printable(text.slice(start, start + window * 2)).trim();
  const lines = wrapText((start > 0 ? '… ' : '') + shown, width);
  const kept = lines.slice(0, SHOWN_LINES);
  const isCut = lines.length > SHOWN_LINES || start + window * 2 < text.length;
  if (isCut) kept.push(`${kept.pop() ?? ''} …`);
  return kept.map((line) =>
    line.replace(/[\p{L}\p{N}_]+/gu, (word) => (words.has(word) ? style('bold', word) : word)),
  );
}

function printHit(output: Output, hit: Hit, rank: number): void {
  const { style } = output;
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, output.columns - INDENT));
  const place = hit.page === null ? '' : `, page ${hit.page}`;
  const source = printable(hit.file?.name ?? hit.id) + place;
  output.print(
    `${String(rank).padStart(INDENT - 2)}. ${style('cyan', source)}  ${style('dim', hit.score.toFixed(4))}`,
  );
  for (const line of excerpt(hit, output, width)) output.print(' '.repeat(INDENT) + line);
  if (hit.file) output.print(' '.repeat(INDENT) + style('dim', hit.id));
}

async function run({ client, output, values, positionals }: CommandContext): Promise<number> {
  const text = positionals.join(' ').trim();
  if (text === '') throw usageFailure('What to search for is missing.', 'See "vdb search --help".');
  const mode = readChoice(values, 'mode', MODES);
  const topK = readNumber(values, 'top', { minimum: 1, maximum: MAX_TOP });
  const filter = readJsonObject(values, 'filter');
  const database = await requireDatabase(client, readText(values, 'database'));
  const filterJson = filter && JSON.stringify(filter);
  const input = { databaseId: database.id, text, topK, mode, filterJson };
  const { searchVectors } = await client.send(SearchDocument, { input });
  if (output.isJson) {
    output.print(JSON.stringify(searchVectors));
    return 0;
  }
  const { hits, stats } = searchVectors;
  hits.forEach((hit, index) => {
    printHit(output, hit, index + 1);
  });
  output.note(output.style('dim', `${formatNoun(hits.length, 'hit')} in ${stats.tookMs.toFixed(0)} ms`));
  return 0;
}

export const searchCommand: Command = {
  summary: 'Search a database by meaning and by words',
  help: `Usage: vdb search TEXT --database NAME|ID [--top 10] [--mode MODE] [--filter JSON]

Options:
  --database NAME|ID  the database to search
  --top N             the most hits, 1 to 1000; the default is 10
  --mode MODE         hybrid, vector or keyword; the default follows from the database
  --filter JSON       only what matches, such as '{"year":{"$gte":2020}}'`,
  options: {
    database: { type: 'string', short: 'd' },
    top: { type: 'string' },
    mode: { type: 'string' },
    filter: { type: 'string' },
  },
  run,
};
