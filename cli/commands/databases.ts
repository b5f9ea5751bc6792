import type { Command, CommandContext } from '../command.ts';
import { readNumber, readText, requireYes } from '../command.ts';
import { usageFailure } from '../failure.ts';
import {
  CreateDatabaseDocument,
  type DatabaseRowFragment,
  DeleteDatabaseDocument,
} from '../generated/operations.ts';
import { formatBytes, formatCount, formatNoun, printable } from '../terminal/format.ts';
import { printTable } from '../terminal/print-table.ts';
import { listDatabases, requireDatabase } from './find-database.ts';

const MAX_DIMENSION = 4096;

function describeEmbedding({ embedding }: DatabaseRowFragment): string {
  return embedding ? `${embedding.provider}/${embedding.model}` : 'own vectors';
}

async function list({ client, output }: CommandContext): Promise<number> {
  const databases = await listDatabases(client);
  if (output.isJson) output.print(JSON.stringify(databases));
  else if (databases.length === 0)
    output.note('There is no database yet. Make one with "vdb databases create NAME".');
  else {
    printTable(output, databases, [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'ID', value: ({ id }) => id },
      { title: 'STATUS', value: ({ status }) => status },
      { title: 'VECTORS', value: ({ vectorCount }) => formatCount(vectorCount), isNumber: true },
      { title: 'FILES', value: ({ fileCount }) => formatCount(fileCount), isNumber: true },
      { title: 'SIZE', value: ({ storageBytes }) => formatBytes(storageBytes), isNumber: true },
      { title: 'EMBEDDING', value: describeEmbedding },
    ]);
  }
  return 0;
}

function printOne({ output }: CommandContext, database: DatabaseRowFragment): void {
  if (output.isJson) {
    output.print(JSON.stringify(database));
    return;
  }
  const { dimension, metric, vectorCount, fileCount, storageBytes } = database;
  const lines: [string, string][] = [
    ['name', database.name],
    ['id', database.id],
    ['status', database.status],
    ['vectors', `${formatCount(vectorCount)} of ${formatNoun(dimension, 'value')}, ${metric}`],
    ['files', formatCount(fileCount)],
    ['size', formatBytes(storageBytes)],
    ['embedding', describeEmbedding(database)],
    ['version', database.version],
    ['created', database.createdAt],
    ['updated', database.updatedAt],
  ];
  if (database.description !== null) lines.splice(1, 0, ['description', database.description]);
  for (const [title, value] of lines)
    output.print(`${output.style('dim', title.padEnd(12))}${printable(value)}`);
}

async function create(context: CommandContext, name: string): Promise<number> {
  const { client, values } = context;
  const dimension = readNumber(values, 'dimension', { minimum: 1, maximum: MAX_DIMENSION });
  const provider = readText(values, 'provider');
  const model = readText(values, 'model');
  if (model !== undefined && provider === undefined) throw usageFailure('--model needs --provider, too.');
  const embedding = provider === undefined ? undefined : { provider, model };
  const description = readText(values, 'description');
  const input = { name, description, dimension, embedding };
  printOne(context, (await client.send(CreateDatabaseDocument, { input })).createDatabase);
  return 0;
}

async function remove({ client, output, values }: CommandContext, nameOrId: string): Promise<number> {
  const database = await requireDatabase(client, nameOrId);
  const content = `${formatNoun(database.fileCount, 'file')} and ${formatNoun(database.vectorCount, 'vector')}`;
  requireYes(values, `The database "${database.name}" (${database.id}) would go with ${content}.`);
  const { deleteDatabase } = await client.send(DeleteDatabaseDocument, { id: database.id });
  if (output.isJson) output.print(JSON.stringify(deleteDatabase));
  else output.print(`The database "${printable(database.name)}" is deleted with ${content}.`);
  return 0;
}

async function run(context: CommandContext): Promise<number> {
  const [action = 'list', name, ...rest] = context.positionals;
  if (rest.length > 0) throw usageFailure(`"${rest.join(' ')}" is too much.`, 'See "vdb databases --help".');
  if (action === 'list' && name === undefined) return await list(context);
  if (!['create', 'show', 'delete'].includes(action))
    throw usageFailure(`"${action}" is not known; expected list, show, create or delete.`);
  if (name === undefined) throw usageFailure(`The name of the database to ${action} is missing.`);
  if (action === 'create') return await create(context, name);
  if (action === 'delete') return await remove(context, name);
  printOne(context, await requireDatabase(context.client, name));
  return 0;
}

export const databasesCommand: Command = {
  summary: 'List, show, create and delete databases',
  help: `Usage: vdb databases [list]
       vdb databases show NAME|ID
       vdb databases create NAME [--description TEXT] [--provider NAME [--model NAME]] [--dimension N]
       vdb databases delete NAME|ID --yes

Options:
  --description TEXT  what the database is for
  --provider NAME     what turns texts into vectors: local (default), bedrock, openai, transformers
  --model NAME        the provider's model; its default otherwise
  --dimension N       without --provider: vectors of N values that you bring yourself
  --yes               delete indeed`,
  options: {
    description: { type: 'string' },
    provider: { type: 'string' },
    model: { type: 'string' },
    dimension: { type: 'string' },
    yes: { type: 'boolean', default: false },
  },
  run,
};
