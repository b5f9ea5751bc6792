/** What a call of a host function answers to the sandbox, as JSON. */
export interface HostAnswer {
  value?: unknown;
  /** Ends the evaluation: `util.error`, `runtime.earlyReturn`, or a mistake in the call. */
  signal?: Signal;
}

export type Signal =
  | { kind: 'error'; message: string; errorType: string | null; data: unknown; errorInfo: unknown }
  | { kind: 'earlyReturn'; value: unknown; skipTo: 'END' | 'NEXT' }
  | { kind: 'crash'; message: string };

/** What one evaluation answers, as JSON. */
export type Outcome =
  | { kind: 'value'; value?: unknown; stash: Record<string, unknown> }
  | { kind: 'signal'; signal: Signal; stash: Record<string, unknown> }
  | { kind: 'crash'; message: string; stack: string };

/** What the installer leaves for the script of a resolver to call. */
type Evaluate = (factory: (modules: unknown) => Record<string, (context: unknown) => unknown>) => string;

/** Values of the host that the installer reads from the fresh context's globals, and removes. */
export interface SandboxInput {
  host: (name: string, argumentsJson: string) => string;
  names: readonly string[];
  handler: string;
  contextJson: string;
}

/**
 * Runs inside a fresh context, as text: it must not refer to anything outside of itself. It builds `util` and its
 * kin from functions that pass JSON to the host and nothing else, so that no object of the host can be
 * reached, removes what APPSYNC_JS does not have, and returns the function that evaluates one handler.
 */
export function installSandbox({ host, names, handler, contextJson }: SandboxInput): Evaluate {
  type Bag = Record<string, unknown>;
  const { parse, stringify } = JSON;
  const { assign, getOwnPropertyNames } = Object;
  const { deleteProperty } = Reflect;
  const Failure = Error;
  const scope = globalThis as unknown as Bag;

  const roots: Bag = {};
  for (const name of names) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let target = roots;
    for (const part of path) target = (target[part] ??= {}) as Bag;
    target[last] = (...args: unknown[]) => {
      const answer = parse(host(name, stringify(args))) as HostAnswer;
      if (answer.signal) throw assign(new Failure('signal'), { signal: answer.signal });
      return answer.value;
    };
  }

  const keep = (owner: object, kept: string): void => {
    for (const name of getOwnPropertyNames(owner)) {
      if (!kept.split(' ').includes(name)) deleteProperty(owner, name);
    }
  };
  const drop = (owner: object, dropped: string): void => {
    for (const name of dropped.split(' ')) deleteProperty(owner, name);
  };
  keep(Object, 'assign entries hasOwn keys values prototype length name');
  keep(Math, 'random min max round floor ceil');
  keep(Array, 'isArray prototype length name');
  keep(String, 'raw prototype length name');
  drop(Array.prototype, 'copyWithin entries keys values toLocaleString toSorted toSpliced toReversed with');
  drop(String.prototype, 'charCodeAt codePointAt localeCompare match matchAll padEnd padStart repeat search');
  drop(String.prototype, 'toLocaleLowerCase toLocaleUpperCase');
  drop(Object.prototype, '__defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ __proto__');
  drop(Function.prototype, 'constructor');
  keep(
    scope,
    'Object Array String Number Boolean JSON Math NaN Infinity undefined parseInt parseFloat isNaN isFinite',
  );
  const { util, runtime, extensions, console, ddb } = roots;
  assign(scope, { util, runtime, extensions, console });
  const modules = { '@aws-appsync/utils': { util, runtime, extensions }, '@aws-appsync/utils/dynamodb': ddb };

  return (factory) => {
    deleteProperty(scope, 'evaluate');
    const context = parse(contextJson) as Bag;
    context.args = context.arguments;
    try {
      const value = factory(modules)[handler]?.(context);
      return stringify({ kind: 'value', value, stash: context.stash });
    } catch (thrown) {
      const { signal, message, stack } = thrown as { signal?: Signal; message?: string; stack?: string };
      if (signal) return stringify({ kind: 'signal', signal, stash: context.stash });
      return stringify({ kind: 'crash', message: `${message}`, stack: `${stack}` });
    }
  };
}
