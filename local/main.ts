/** Runs a synthesized cloud assembly on this machine. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidAssembly } from './assembly/index.ts';
import { StartError } from './data-folder/index.ts';
import { readOptions } from './gateway/options.ts';
import { startRuntime } from './gateway/start-runtime.ts';
import type { Runtime } from './gateway/start-runtime.ts';
import { InvalidPolicy } from './iam/index.ts';

/** An orderly stop that takes longer than this is cut short; the data is whole anyway. */
const STOP_LIMIT_MS = 5000;

const startedMs = performance.now();
const report = (line: string): void => {
  console.log(`[${String(Math.round(performance.now() - startedMs)).padStart(5)} ms] ${line}`);
};
const onError = (line: string): void => {
  console.error(line);
};

function isExpected(error: unknown): error is Error {
  return error instanceof StartError || error instanceof InvalidAssembly || error instanceof InvalidPolicy;
}

function countTypes(resources: Runtime['notRun']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { typeName } of resources) counts.set(typeName, (counts.get(typeName) ?? 0) + 1);
  return counts;
}

function printReady({ endpoints, awsUrl, notRun }: Runtime, consoleFolder: string): void {
  for (const [typeName, count] of countTypes(notRun))
    report(`declared, not run here: ${typeName} (${count})`);
  if (!existsSync(join(consoleFolder, 'index.html'))) report(`no console in ${consoleFolder}`);
  console.log(`  console   ${endpoints.consoleUrl}`);
  console.log(`  graphql   ${endpoints.graphqlUrl}`);
  console.log(`  realtime  ${endpoints.realtimeUrl}`);
  if (endpoints.tls) {
    console.log(`  tls       ${endpoints.tls.graphqlUrl}, ${endpoints.tls.realtimeUrl}`);
    console.log(`  trust     NODE_EXTRA_CA_CERTS=${endpoints.tls.certificatePath}`);
  }
  console.log(`  aws       ${awsUrl}`);
  console.log(`  sign in   ${endpoints.admin.username} / ${endpoints.admin.password}`);
  report('ready');
}

function stopOnSignals(runtime: Runtime): void {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
    runtime.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        onError((error as Error).message);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The starting command may be killed without a word; its channel closes all the same.
  if (process.connected) process.on('disconnect', stop);
}

try {
  const options = readOptions(process.argv.slice(2));
  const runtime = await startRuntime(options, { report, onError });
  stopOnSignals(runtime);
  printReady(runtime, options.consoleFolder);
} catch (error) {
  onError(isExpected(error) ? error.message : String((error as Error).stack ?? error));
  process.exit(1);
}
