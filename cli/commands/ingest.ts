import type { Command, CommandContext } from '../command.ts';
import { readJsonObject, readNumber, readText } from '../command.ts';
import { usageFailure } from '../failure.ts';
import { CreateDatabaseDocument, type DatabaseRowFragment } from '../generated/operations.ts';
import { claimLocations } from '../ingest/claim-locations.ts';
import { ingestFiles, type Outcome } from '../ingest/ingest-files.ts';
import { loadKnownFiles } from '../ingest/known-files.ts';
import { listLocalFiles, type LocalFiles } from '../ingest/list-local-files.ts';
import { createProgressView } from '../ingest/progress-view.ts';
import { formatCount, formatDuration, formatNoun, printable } from '../terminal/format.ts';
import { findDatabase, requireDatabase } from './find-database.ts';

const DEFAULT_PARALLEL = 4;
const MAX_PARALLEL = 16;
const INTERRUPTED_EXIT_CODE = 130;
/** Files that are passed over are named up to here, and counted beyond. */
const NAMED_PASSED = 10;

async function openDatabase({ client, values }: CommandContext): Promise<DatabaseRowFragment> {
  const name = readText(values, 'database');
  if (values['create'] === true && name !== undefined && !(await findDatabase(client, name)))
    return (await client.send(CreateDatabaseDocument, { input: { name } })).createDatabase;
  return await requireDatabase(client, name);
}

type Counts = Record<Lowercase<Outcome['outcome']>, number> & { vectors: number };

function count(outcomes: readonly Outcome[]): Counts {
  const counts: Counts = { ready: 0, replaced: 0, unchanged: 0, copy: 0, failed: 0, vectors: 0 };
  for (const { outcome, vectorCount } of outcomes) {
    counts[outcome.toLowerCase() as Lowercase<Outcome['outcome']>] += 1;
    if (outcome === 'READY' || outcome === 'REPLACED') counts.vectors += vectorCount;
  }
  return counts;
}

function describeCounts(counts: Counts): string {
  const parts: string[] = [];
  const add = (number: number, text: string): void => {
    if (number > 0) parts.push(`${formatCount(number)} ${text}`);
  };
  add(counts.ready, 'new');
  add(counts.replaced, 'replaced');
  add(counts.unchanged, 'unchanged');
  add(counts.copy, 'there already as copies');
  add(counts.failed, 'failed');
  if (counts.vectors > 0) parts.push(formatNoun(counts.vectors, 'chunk'));
  return parts.length === 0 ? 'nothing was done' : parts.join(', ');
}

function notePassed({ output }: CommandContext, { passed }: LocalFiles): void {
  if (output.isJson) return;
  for (const { path, reason } of passed.filter(({ isFailure }) => isFailure))
    output.note(`${output.style('red', '✗')} ${printable(path)}  ${printable(reason)}`);
  const others = passed.filter(({ isFailure }) => !isFailure);
  for (const { path, reason } of others.slice(0, NAMED_PASSED))
    output.note(output.style('dim', `· ${printable(path)}  passed over: ${reason}`));
  const rest = others.length - NAMED_PASSED;
  if (rest > 0) output.note(output.style('dim', `· and ${formatCount(rest)} more passed over`));
}

function report(
  { output, signal }: CommandContext,
  database: DatabaseRowFragment,
  {
    outcomes,
    passed,
    total,
    elapsedMs,
  }: Pick<LocalFiles, 'passed'> & { outcomes: Outcome[]; total: number; elapsedMs: number },
): number {
  const counts = count(outcomes);
  const isInterrupted = signal.aborted;
  if (output.isJson) {
    const { id, name } = database;
    const summary = {
      ...counts,
      files: total,
      isInterrupted,
      seconds: Number((elapsedMs / 1000).toFixed(3)),
    };
    output.print(JSON.stringify({ database: { id, name }, summary, files: outcomes, passed }));
  } else {
    const title = `${formatNoun(total, 'file')} into "${printable(database.name)}"`;
    output.print(
      `${output.style('bold', title)}: ${describeCounts(counts)}, in ${formatDuration(elapsedMs)}`,
    );
    const again = 'Run the same command again to go on: what is there is not sent again.';
    if (total === 0) output.note('There is no file to ingest in what was named.');
    if (isInterrupted) output.note(`Interrupted. ${again}`);
    else if (counts.failed > 0) output.note(`Some files failed; the reasons stand above. ${again}`);
  }
  if (isInterrupted) return INTERRUPTED_EXIT_CODE;
  return counts.failed > 0 || passed.some(({ isFailure }) => isFailure) ? 1 : 0;
}

async function ingestFound(
  context: CommandContext,
  found: LocalFiles,
  {
    database,
    metadata,
    parallel,
  }: { database: DatabaseRowFragment; metadata: Record<string, unknown>; parallel: number },
): Promise<Outcome[]> {
  const { client, output, values, signal } = context;
  notePassed(context, found);
  const known = await loadKnownFiles(client, database.id);
  const view = createProgressView(output, found.files.length);
  const mayReplace = values['no-replace'] !== true;
  const job = { client, databaseId: database.id, known, view, metadata, mayReplace, parallel, signal };
  return await ingestFiles(job, found.files).finally(() => {
    view.close();
  });
}

async function run(context: CommandContext): Promise<number> {
  const { values, positionals } = context;
  if (positionals.length === 0)
    throw usageFailure('The folder to ingest is missing.', 'See "vdb ingest --help".');
  const metadata = readJsonObject(values, 'metadata') ?? {};
  const parallel = readNumber(values, 'parallel', { minimum: 1, maximum: MAX_PARALLEL }) ?? DEFAULT_PARALLEL;
  const startedAt = performance.now();
  const found = await listLocalFiles(positionals);
  const database = await openDatabase(context);
  const release = await claimLocations(database.id, positionals, process.env);
  const outcomes = await ingestFound(context, found, { database, metadata, parallel }).finally(release);
  const elapsedMs = performance.now() - startedAt;
  return report(context, database, { outcomes, passed: found.passed, total: found.files.length, elapsedMs });
}

export const ingestCommand: Command = {
  summary: 'Ingest the files of a folder, and wait until they are searchable',
  help: `Usage: vdb ingest FOLDER|FILE... --database NAME|ID [--create] [--metadata JSON] [--parallel 4] [--no-replace]

A file whose bytes are in the database is not sent again, so an interrupted run goes on where it was.
A file that has changed since an earlier run replaces its older version in one step. Its path, beginning with
the folder's name, tells which file it is; each chunk has it as the metadata field "path".
Hidden files, links and empty files are passed over.

Options:
  --database NAME|ID  the database
  --create            make the database when there is none with this name
  --metadata JSON     an object that all chunks carry, such as '{"team":"docs"}'
  --parallel N        files that are uploaded at once, 1 to 16; the default is 4
  --no-replace        add changed files as new ones, beside their older versions`,
  options: {
    database: { type: 'string', short: 'd' },
    create: { type: 'boolean', default: false },
    metadata: { type: 'string' },
    parallel: { type: 'string' },
    'no-replace': { type: 'boolean', default: false },
  },
  run,
};
