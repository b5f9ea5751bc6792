/** The thread of one function instance: loads the handler once, then answers one invocation at a time. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionFault, InvokeMessage, WorkerMessage, WorkerSettings } from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const settings = workerData as WorkerSettings;

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

function describeFault(error: unknown, fallbackType = 'Error'): FunctionFault {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: error.name || fallbackType,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

async function loadHandler(): Promise<Handler> {
  const dot = settings.handler.lastIndexOf('.');
  const [file, name] = [settings.handler.slice(0, dot), settings.handler.slice(dot + 1)];
  const module = (await import(pathToFileURL(findModule(file)).href)) as Record<string, unknown>;
  const exported = module[name] ?? (module.default as Record<string, unknown> | undefined)?.[name];
  if (typeof exported !== 'function') {
    const error = new Error(`${settings.handler} is undefined or not exported`);
    error.name = 'Runtime.HandlerNotFound';
    throw error;
  }
  return exported as Handler;
}

function findModule(file: string): string {
  if (statSync(settings.codePath).isFile()) return settings.codePath;
  for (const extension of ['mjs', 'js', 'cjs']) {
    const path = join(settings.codePath, `${file}.${extension}`);
    if (existsSync(path)) return path;
  }
  const error = new Error(`Cannot find module '${file}' in ${settings.codePath}`);
  error.name = 'Runtime.ImportModuleError';
  throw error;
}

function createContext({ requestId, deadlineMs }: InvokeMessage): object {
  return {
    awsRequestId: requestId,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: settings.logGroupName,
    logStreamName: settings.logStreamName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function answer(handler: Handler, message: InvokeMessage): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.payload), createContext(message));
    send({
      kind: 'RESULT',
      requestId: message.requestId,
      payload: result === undefined ? 'null' : JSON.stringify(result),
    });
  } catch (error) {
    send({ kind: 'FAULT', requestId: message.requestId, fault: describeFault(error) });
  }
}

try {
  const handler = await loadHandler();
  parentPort?.on('message', (message: InvokeMessage) => void answer(handler, message));
  send({ kind: 'READY' });
} catch (error) {
  send({ kind: 'INIT_FAILED', fault: describeFault(error, 'Runtime.ImportModuleError') });
}
