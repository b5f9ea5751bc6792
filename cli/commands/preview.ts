import { basename } from 'node:path';
import type { Command, CommandContext } from '../command.ts';
import { readChoice, readNumber, readText } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { PreviewChunksDocument, type PreviewChunksQuery } from '../generated/operations.ts';
import { readBeginning } from '../ingest/read-beginning.ts';
import { formatBytes, formatCount, formatNoun, printable } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { wrapText } from '../terminal/wrap-text.ts';
import { requireDatabase } from './find-database.ts';

type Preview = PreviewChunksQuery['previewChunks'];
type Chunk = Preview['chunks'][number];

const STRATEGIES = ['RECURSIVE', 'SENTENCE', 'MARKDOWN', 'PAGE', 'RECORD', 'FIXED', 'NONE'] as const;
const MAX_CHUNKS = 200;
const DEFAULT_CHUNKS = 10;
const TOKENS = { minimum: 16, maximum: 8192 };
const OVERLAP = { minimum: 0, maximum: 4096 };
const INDENT = 4;
const MIN_WIDTH = 20;
const MAX_WIDTH = 100;

function describePlace({ tokens, page, startOffset, endOffset, hasOwnVector }: Chunk): string {
  return [
    formatNoun(tokens, 'token'),
    page === null ? [] : `page ${page}`,
    `characters ${formatCount(startOffset)} to ${formatCount(endOffset)}`,
    hasOwnVector ? 'own vector' : [],
  ]
    .flat()
    .join(' · ');
}

function printChunk(output: Output, chunk: Chunk): void {
  const { style } = output;
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, output.columns - INDENT));
  const indent = ' '.repeat(INDENT);
  output.print(`${style('cyan', `#${chunk.index}`)}  ${style('dim', describePlace(chunk))}`);
  if (chunk.headings.length > 0)
    output.print(indent + style('bold', chunk.headings.map(printable).join(' › ')));
  for (const line of chunk.text.split('\n'))
    for (const piece of wrapText(printable(line), width)) output.print(indent + piece);
  const { metadata } = chunk;
  if (typeof metadata === 'string') output.print(indent + style('dim', printable(metadata)));
  output.print();
}

function printPreview(
  output: Output,
  preview: Preview,
  { read, size }: { read: number; size: number },
): void {
  const { chunks, chunksTotal, tokensTotal, chunking, contentType, metadataFields, message, error } = preview;
  for (const chunk of chunks) printChunk(output, chunk);
  const { strategy, maxTokens, overlapTokens } = chunking;
  const rules = `${strategy}, at most ${formatNoun(maxTokens, 'token')}, ${formatCount(overlapTokens)} repeated`;
  const part = read < size ? `the first ${formatBytes(read)} of ${formatBytes(size)}` : formatBytes(size);
  const whole = `${formatNoun(chunksTotal, 'chunk')} and ${formatNoun(tokensTotal, 'token')}`;
  output.note(`${formatCount(chunks.length)} of ${whole} from ${part} of ${contentType}: ${rules}.`);
  if (metadataFields.length > 0)
    output.note(
      `Fields: ${metadataFields.map(({ name, type }) => `${printable(name)} (${type})`).join(', ')}.`,
    );
  if (message !== null) output.note(printable(message));
  if (error) output.note(`${output.style('yellow', 'left out')} ${error.kind}: ${printable(error.message)}`);
}

async function run({ client, output, values, positionals }: CommandContext): Promise<number> {
  const [path, ...more] = positionals;
  if (path === undefined) throw usageFailure('The file to preview is missing.', 'See "vdb preview --help".');
  if (more.length > 0) throw usageFailure(`"${more.join(' ')}" is too much; give one file.`);
  const chunking = {
    strategy: readChoice(values, 'strategy', STRATEGIES),
    maxTokens: readNumber(values, 'max-tokens', TOKENS),
    overlapTokens: readNumber(values, 'overlap', OVERLAP),
  };
  const limit = readNumber(values, 'limit', { minimum: 1, maximum: MAX_CHUNKS }) ?? DEFAULT_CHUNKS;
  const { bytes, sizeBytes } = await readBeginning(path);
  const database = await requireDatabase(client, readText(values, 'database'));
  const contentBase64 = Buffer.from(bytes).toString('base64');
  const input = { databaseId: database.id, name: basename(path), contentBase64, chunking, limit };
  const { previewChunks } = await client.send(PreviewChunksDocument, { input });
  if (output.isJson) output.print(JSON.stringify(previewChunks));
  else printPreview(output, previewChunks, { read: bytes.length, size: sizeBytes });
  return 0;
}

export const previewCommand: Command = {
  summary: 'Show the chunks of a file before it is ingested',
  help: `Usage: vdb preview FILE --database NAME|ID [--strategy S] [--max-tokens N] [--overlap N] [--limit 10]

Nothing is stored. Of a text larger than 512 KiB its first lines are read.

Options:
  --database NAME|ID  the database whose rules hold where no others are given
  --strategy S        recursive, sentence, markdown, page, record, fixed or none
  --max-tokens N      the most tokens of a chunk, 16 to 8192
  --overlap N         the tokens that a chunk repeats of the one before, at most half of --max-tokens
  --limit N           the most chunks to show, 1 to 200; the default is 10`,
  options: {
    database: { type: 'string', short: 'd' },
    strategy: { type: 'string' },
    'max-tokens': { type: 'string' },
    overlap: { type: 'string' },
    limit: { type: 'string' },
  },
  run,
};
