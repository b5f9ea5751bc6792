import type { Command, CommandContext } from '../command.ts';
import { readNumber, readText, readTexts } from '../command.ts';
import { usageFailure } from '../failure.ts';
import {
  GenerateKeyDocument,
  type KeyRowFragment,
  type KeyScope,
  ListKeysDocument,
  RevokeKeyDocument,
  RotateKeyDocument,
} from '../generated/operations.ts';
import { printable } from '../terminal/format.ts';
import { printTable } from '../terminal/print-table.ts';
import { requireDatabase } from './find-database.ts';

const SCOPES = ['SEARCH', 'READ', 'WRITE', 'MANAGE'] as const satisfies KeyScope[];
const MAX_GRACE_MINUTES = 1440;
const MAX_PER_MINUTE = 100_000;

async function list({ client, output }: CommandContext): Promise<number> {
  const keys: KeyRowFragment[] = [];
  let nextToken: string | null = null;
  do {
    const { listApiKeys: page }: { listApiKeys: { items: KeyRowFragment[]; nextToken: string | null } } =
      await client.send(ListKeysDocument, { nextToken });
    keys.push(...page.items);
    nextToken = page.nextToken;
  } while (nextToken !== null);
  if (output.isJson) output.print(JSON.stringify(keys));
  else if (keys.length === 0)
    output.note('There is no key yet. Make one with "vdb keys create NAME --scope search".');
  else {
    printTable(output, keys, [
      { title: 'NAME', value: ({ name }) => name },
      { title: 'ID', value: ({ id }) => id },
      { title: 'STATUS', value: ({ status }) => status },
      { title: 'SCOPES', value: ({ scopes }) => scopes.join(' ') },
      { title: 'DATABASES', value: ({ databaseIds }) => databaseIds?.join(' ') ?? 'all' },
      { title: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never' },
      { title: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt ?? 'never' },
    ]);
  }
  return 0;
}

function readScopes({ values }: CommandContext): KeyScope[] {
  const texts = readTexts(values, 'scope');
  if (texts.length === 0)
    throw usageFailure(`--scope is missing; expected one or more of ${SCOPES.join(', ')}.`);
  return texts.map((text) => {
    const scope = SCOPES.find((known) => known === text.toUpperCase());
    if (scope === undefined) throw usageFailure(`--scope is "${text}"; expected ${SCOPES.join(', ')}.`);
    return scope;
  });
}

function readExpiry({ values }: CommandContext): string | undefined {
  const text = readText(values, 'expires');
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw usageFailure(`--expires is "${text}"; expected a date such as 2030-01-31.`);
  return new Date(time).toISOString();
}

/** The secret alone goes to the standard output, so that it can be piped to where it is kept. */
function printSecret({ output }: CommandContext, answer: { secret: string; apiKey: KeyRowFragment }): void {
  if (output.isJson) {
    output.print(JSON.stringify(answer));
    return;
  }
  const { id, name } = answer.apiKey;
  output.note(`The key "${printable(name)}" (${id}). Its secret is shown this once; keep it:`);
  output.print(answer.secret);
}

async function create(context: CommandContext, name: string): Promise<number> {
  const { client, values } = context;
  const scopes = readScopes(context);
  const requestsPerMinute = readNumber(values, 'per-minute', { minimum: 1, maximum: MAX_PER_MINUTE });
  const expiresAt = readExpiry(context);
  const databaseIds: string[] = [];
  for (const nameOrId of readTexts(values, 'database'))
    databaseIds.push((await requireDatabase(client, nameOrId)).id);
  const restriction = databaseIds.length === 0 ? {} : { databaseIds };
  const input = { name, scopes, requestsPerMinute, expiresAt, ...restriction };
  printSecret(context, (await client.send(GenerateKeyDocument, { input })).generateApiKey);
  return 0;
}

async function rotate(context: CommandContext, id: string): Promise<number> {
  const graceMinutes = readNumber(context.values, 'grace', { minimum: 0, maximum: MAX_GRACE_MINUTES });
  printSecret(context, (await context.client.send(RotateKeyDocument, { id, graceMinutes })).rotateApiKey);
  return 0;
}

async function revoke({ client, output }: CommandContext, id: string): Promise<number> {
  const { revokeApiKey } = await client.send(RevokeKeyDocument, { id });
  if (output.isJson) output.print(JSON.stringify(revokeApiKey));
  else output.print(`The key "${printable(revokeApiKey.name)}" (${id}) is revoked.`);
  return 0;
}

async function run(context: CommandContext): Promise<number> {
  const [action = 'list', subject, ...rest] = context.positionals;
  if (rest.length > 0) throw usageFailure(`"${rest.join(' ')}" is too much.`, 'See "vdb keys --help".');
  if (action === 'list' && subject === undefined) return await list(context);
  const actions = { create, rotate, revoke };
  if (!Object.hasOwn(actions, action))
    throw usageFailure(`"${action}" is not known; expected list, create, rotate or revoke.`);
  const what = action === 'create' ? 'name of the new key' : `id of the key to ${action}`;
  if (subject === undefined) throw usageFailure(`The ${what} is missing.`);
  return await actions[action as keyof typeof actions](context, subject);
}

export const keysCommand: Command = {
  summary: 'List, create, rotate and revoke API keys (administrators)',
  help: `Usage: vdb keys [list]
       vdb keys create NAME --scope search,read [--database NAME|ID]... [--expires DATE] [--per-minute N]
       vdb keys rotate ID [--grace MINUTES]
       vdb keys revoke ID

Options:
  --scope SCOPES      what the key may do: search, read, write, manage
  --database NAME|ID  a database that the key may touch; left out, every database
  --expires DATE      when the key stops working, such as 2030-01-31
  --per-minute N      the most requests in a minute
  --grace MINUTES     how long the old secret still works, 0 to 1440; the default is 0

The secret of a new key is all that goes to the standard output.`,
  options: {
    scope: { type: 'string', multiple: true },
    database: { type: 'string', multiple: true, short: 'd' },
    expires: { type: 'string' },
    'per-minute': { type: 'string' },
    grace: { type: 'string' },
  },
  run,
};
