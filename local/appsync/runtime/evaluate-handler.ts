import { constants, createContext, Script } from 'node:vm';
import { limits } from '../limits.ts';
import { callFunction } from '../library/call-function.ts';
import type { HandlerSession } from '../library/handler-session.ts';
import type { CompiledCode } from './compile-code.ts';
import { functionNames } from './function-names.ts';
import { installSandbox } from './sandbox.ts';
import type { Outcome, SandboxInput } from './sandbox.ts';

export type HandlerName = 'request' | 'response';

/** What a handler sees as `ctx`; plain JSON. */
export interface HandlerContext {
  arguments: Record<string, unknown>;
  identity: unknown;
  source: unknown;
  stash: Record<string, unknown>;
  prev: { result: unknown } | null;
  result?: unknown;
  error?: { message: string; type: string } | null;
  info: unknown;
  request: { headers: Record<string, string>; domainName: string | null };
  env: Record<string, string>;
}

const installer = new Script(
  `evaluate = (${installSandbox.toString()})({ host, names, handler, contextJson })`,
  {
    filename: 'appsync-sandbox',
  },
);

function crashOf(thrown: unknown): Outcome {
  const { code, message, stack } = thrown as { code?: string; message?: string; stack?: string };
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
    return { kind: 'crash', message: `the handler ran longer than ${limits.handlerMs} ms`, stack: '' };
  }
  return { kind: 'crash', message: message ?? 'the handler failed', stack: stack ?? '' };
}

function evaluatedBytes(outcome: Outcome): number {
  return Buffer.byteLength(JSON.stringify({ ...outcome, stash: undefined }));
}

/**
 * Evaluates one handler in a fresh context of its own (about 1 ms). The context holds no object of
 * the host; what crosses is JSON text.
 */
export function evaluateHandler(
  code: CompiledCode,
  handler: HandlerName,
  context: HandlerContext,
  session: HandlerSession,
): Outcome {
  const input: SandboxInput = {
    host: (name, argumentsJson) => callFunction(name, argumentsJson, session),
    names: functionNames,
    handler,
    contextJson: JSON.stringify(context),
  };
  // An ordinary global object: one that Node watches for changes costs a quarter more.
  const sandbox = createContext(constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  Object.assign(sandbox, input, { evaluate: undefined });
  try {
    installer.runInContext(sandbox);
    const answer: unknown = code.script.runInContext(sandbox, { timeout: limits.handlerMs });
    const json = String(answer);
    const outcome = JSON.parse(json) as Outcome;
    // The stash crosses too, and does not count: only what is larger with it needs the second look.
    if (Buffer.byteLength(json) <= limits.evaluatedBytes || evaluatedBytes(outcome) <= limits.evaluatedBytes)
      return outcome;
    const message = `the evaluated ${handler} is larger than ${limits.evaluatedBytes} bytes`;
    return { kind: 'crash', message, stack: '' };
  } catch (thrown) {
    return crashOf(thrown);
  }
}
