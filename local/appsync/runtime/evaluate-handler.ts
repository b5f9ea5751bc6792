import { constants, createContext, Script } from 'node:vm';
import { limits } from '../limits.ts';
import { callFunction } from '../library/call-function.ts';
import type { HandlerSession } from '../library/handler-session.ts';
import type { CompiledCode } from './compile-code.ts';
import { functionNames, moduleExports } from './function-names.ts';
import { boundNatives } from './bound-natives.ts';
import { hardenRealm } from './harden-realm.ts';
import { patternNatives } from './pattern-natives.ts';
import { createBounds, installSandbox } from './sandbox.ts';
import type { SourcePlaces } from './source-places.ts';
import type { Factory, Outcome, Sandbox, SandboxInput } from './sandbox.ts';
import { runWatched } from './watchdog.ts';

/** What ended an evaluation that no signal ended on purpose. */
export interface Crash {
  message: string;
  stack?: string;
}

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

/** Contexts above this size are evaluated under the watchdog: a single call of a built-in may take long on them. */
const UNWATCHED_CHARACTERS = 65_536;

const lateMessage = `the handler ran longer than ${limits.handlerMs} ms`;

const installer = new Script(
  `((input) => {
    const sandbox = (${installSandbox.toString()})(input, (${createBounds.toString()})(input));
    (${patternNatives.toString()})(input.host);
    (${boundNatives.toString()})(sandbox.meter);
    (${hardenRealm.toString()})(sandbox.globals, sandbox.imported);
    return sandbox.evaluate;
  })`,
  { filename: 'appsync-sandbox' },
);

/** The realm in which every handler of this process runs. Nothing that its code can reach ever changes. */
class Realm {
  readonly #context = createContext(constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
  });
  readonly #evaluate: Sandbox['evaluate'];
  readonly #factories = new WeakMap<Script, Factory>();
  #session: HandlerSession | null = null;
  #places: SourcePlaces | null = null;
  #deadlineMs = 0;

  constructor() {
    const input: SandboxInput = {
      host: (name, argumentsJson, stack) => {
        const place = stack === undefined ? null : (this.#places?.of(stack) ?? null);
        return callFunction({ name, argumentsJson, place }, this.#session!);
      },
      isLate: () => performance.now() > this.#deadlineMs,
      names: functionNames,
      modules: moduleExports,
      lateMessage,
      workLimit: limits.handlerWork,
      jsonLimit: limits.handlerJson,
    };
    const install = installer.runInContext(this.#context) as (given: SandboxInput) => Sandbox['evaluate'];
    this.#evaluate = install(input);
  }

  /** Returns an `Outcome` as JSON. Evaluations do not nest: handlers are synchronous and call no handlers. */
  evaluate(
    { script, places }: CompiledCode,
    handler: string,
    contextJson: string,
    session: HandlerSession,
  ): string {
    const factory = this.#factoryOf(script);
    this.#session = session;
    this.#places = places;
    this.#deadlineMs = performance.now() + limits.handlerMs;
    try {
      if (contextJson.length <= UNWATCHED_CHARACTERS) return this.#evaluate(factory, handler, contextJson);
      return runWatched(limits.handlerMs, () => this.#evaluate(factory, handler, contextJson));
    } finally {
      this.#session = null;
      this.#places = null;
    }
  }

  #factoryOf(script: Script): Factory {
    let factory = this.#factories.get(script);
    if (!factory) {
      factory = script.runInContext(this.#context) as Factory;
      this.#factories.set(script, factory);
    }
    return factory;
  }
}

let realm: Realm | undefined;

function crashOf(thrown: unknown): Outcome {
  const { code, message, stack } = thrown as { code?: string; message?: string; stack?: string };
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'crash', message: lateMessage, stack: '' };
  return { kind: 'crash', message: message ?? 'the handler failed', stack: stack ?? '' };
}

function evaluatedBytes(outcome: Outcome): number {
  return Buffer.byteLength(JSON.stringify({ ...outcome, stash: undefined }));
}

/**
 * Evaluates one handler (about 10 µs). Its module is instantiated anew, nothing that it can reach beside its own variables
 * can change, and only JSON text crosses to this process: no evaluation can see another.
 */
export function evaluateHandler(
  code: CompiledCode,
  handler: HandlerName,
  context: HandlerContext,
  session: HandlerSession,
): Outcome {
  realm ??= new Realm();
  try {
    const json = realm.evaluate(code, handler, JSON.stringify(context), session);
    const outcome = JSON.parse(json) as Outcome;
    // The stash crosses too, and does not count: only what is larger with it needs the second look.
    if (json.length * 3 <= limits.evaluatedBytes) return outcome;
    if (Buffer.byteLength(json) <= limits.evaluatedBytes || evaluatedBytes(outcome) <= limits.evaluatedBytes)
      return outcome;
    const message = `the evaluated ${handler} is larger than ${limits.evaluatedBytes} bytes`;
    return { kind: 'crash', message, stack: '' };
  } catch (thrown) {
    return crashOf(thrown);
  }
}

/** Words a failure of the code as the service does: `code.js:2:5: TypeError: x is not a function`. */
export function failureText(
  code: CompiledCode,
  { message, stack = '' }: Crash,
  fileName = 'code.js',
): string {
  const place = code.places.of(stack);
  if (place === null) return message;
  // The first line of a stack tells the kind of an error.
  const [kind = 'Error'] = /^\w*Error(?=:)/.exec(stack) ?? [];
  return `${fileName}:${place}: ${kind}: ${message}`;
}
