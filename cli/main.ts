import { type Command, parseCommandLine, readText } from './command.ts';
import { databasesCommand } from './commands/databases.ts';
import { ingestCommand } from './commands/ingest.ts';
import { keysCommand } from './commands/keys.ts';
import { previewCommand } from './commands/preview.ts';
import { searchCommand } from './commands/search.ts';
import { usageCommand } from './commands/usage.ts';
import { createApiClient } from './connection/api-client.ts';
import { readConnection } from './connection/read-connection.ts';
import { CommandFailure, messageOf, usageFailure } from './failure.ts';
import { printable } from './terminal/format.ts';
import { openOutput, type Output } from './terminal/output.ts';

const commands: Record<string, Command> = {
  ingest: ingestCommand,
  preview: previewCommand,
  search: searchCommand,
  databases: databasesCommand,
  keys: keysCommand,
  usage: usageCommand,
};

const SHARED_HELP = `Every command:
  --data DIR  the service's data folder, whose endpoints.json says where it is; the default is .data
  --json      answer JSON alone on the standard output, and errors as JSON on the other
  --help      this

Environment:
  VDB_URL      the URL of the GraphQL API, unless --data is given
  VDB_API_KEY  the key for VDB_URL, and for no other; or VDB_TOKEN, a token of a signed-in user
  NO_COLOR     no colours

Exit code: 0 all is done, 1 something failed, 2 the command line or the configuration is wrong.`;

const INTERRUPTED_EXIT_CODE = 130;

function describeCommands(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`);
  return `vdb: files in, search out, on a vector database of your own\n\nUsage: vdb COMMAND …\n\n${lines.join('\n')}`;
}

function reportFailure(output: Output, error: unknown): number {
  const failure = error instanceof CommandFailure ? error : null;
  const { kind = null, hint = null } = failure ?? {};
  const message = failure ? failure.message : `This is a bug of vdb: ${messageOf(error)}`;
  if (output.isJson) output.note(JSON.stringify({ error: { kind, message, hint } }));
  else {
    output.note(`${output.style('red', 'error')} ${kind === null ? '' : `${kind}: `}${printable(message)}`);
    if (hint !== null) output.note(printable(hint));
    if (!failure && process.env['VDB_DEBUG'] !== undefined) output.note(String((error as Error).stack));
  }
  return failure?.exitCode ?? 1;
}

/** The first interruption ends the work in order; another one ends the process. */
function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED_EXIT_CODE);
      controller.abort();
    });
  }
  return controller.signal;
}

async function runCommand(args: string[], output: Output): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '' || name === '--help' || name === '-h' || name === 'help') {
    output.print(`${describeCommands()}\n\n${SHARED_HELP}`);
    return name === '' ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const known = Object.keys(commands).join(', ');
    throw usageFailure(`There is no command "${name}"; expected ${known}.`, 'See "vdb --help".');
  }
  const { values, positionals } = parseCommandLine(name, command.options, rest);
  if (values['help'] === true) {
    output.print(`${command.summary}.\n\n${command.help}\n\n${SHARED_HELP}`);
    return 0;
  }
  const client = createApiClient(await readConnection(readText(values, 'data'), process.env));
  return await command.run({ values, positionals, output, client, signal: listenForInterruption() });
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const output = openOutput(args.includes('--json'));
  // A reader that has seen enough, such as head, closes the pipe.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    process.exitCode = await runCommand(args, output);
  } catch (error) {
    process.exitCode = reportFailure(output, error);
  }
}

await main();
