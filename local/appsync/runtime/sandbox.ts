/** What a call of a host function answers to the sandbox, as JSON. */
export interface HostAnswer {
  value?: unknown;
  /** Ends the evaluation: `util.error`, `runtime.earlyReturn`, or a mistake in the call. */
  signal?: Signal;
}

export type Signal =
  | { kind: 'error'; message: string; errorType: string | null; data: unknown; errorInfo: unknown }
  | { kind: 'unauthorized' }
  | { kind: 'earlyReturn'; value: unknown; skipTo: 'END' | 'NEXT' }
  | { kind: 'crash'; message: string };

/** What one evaluation answers, as JSON. */
export type Outcome =
  | { kind: 'value'; value?: unknown; stash: Record<string, unknown> }
  | { kind: 'signal'; signal: Signal; stash: Record<string, unknown> }
  | { kind: 'crash'; message: string; stack: string };

/** A module of resolver code: called anew for each evaluation, so that its variables are new, too. */
export type Factory = (modules: unknown, step: () => void) => Record<string, (context: unknown) => unknown>;

/** Values of the host that the sandbox is built from. No code of a resolver can reach them. */
export interface SandboxInput {
  host: (name: string, argumentsJson: string) => string;
  isLate: () => boolean;
  /** Functions by full name; a name of two or more parts is a member. */
  names: readonly string[];
  /** Importable modules: what each exports, and which of `names` that is. */
  modules: Record<string, Record<string, string>>;
  lateMessage: string;
}

export interface Sandbox {
  /** `util` and its kin, which need no import. */
  globals: Record<string, unknown>;
  imported: Record<string, unknown>;
  evaluate: (factory: Factory, handler: string, contextJson: string) => string;
}

/**
 * Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. It builds `util` and
 * its kin from functions that pass JSON to the host and nothing else, so that no object of the host can be reached.
 */
export function installSandbox({ host, isLate, names, modules, lateMessage }: SandboxInput): Sandbox {
  type Bag = Record<string, unknown>;
  const { parse, stringify } = JSON;
  const { assign, entries, fromEntries } = Object;
  const Failure = Error;
  const STEPS_BETWEEN_LOOKS = 256;
  let steps = 0;

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
  const find = (name: string): unknown =>
    name.split('.').reduce((owner: unknown, part) => (owner as Bag)[part], roots);
  const imported = fromEntries(
    entries(modules).map(([module, exports]) => [
      module,
      fromEntries(entries(exports).map(([exported, name]) => [exported, find(name)])),
    ]),
  );
  const step = (): void => {
    steps = (steps + 1) % STEPS_BETWEEN_LOOKS;
    if (steps === 0 && isLate()) throw new Failure(lateMessage);
  };

  const evaluate: Sandbox['evaluate'] = (factory, handler, contextJson) => {
    const context = parse(contextJson) as Bag;
    context.args = context.arguments;
    try {
      const value = factory(imported, step)[handler]?.(context);
      return stringify({ kind: 'value', value, stash: context.stash });
    } catch (thrown) {
      const { signal, message, stack } = thrown as { signal?: Signal; message?: string; stack?: string };
      if (signal) return stringify({ kind: 'signal', signal, stash: context.stash });
      return stringify({ kind: 'crash', message: `${message}`, stack: `${stack}` });
    }
  };
  const { util, runtime, extensions, console } = roots;
  return { globals: { util, runtime, extensions, console }, imported, evaluate };
}
