import type { Meter } from './bound-natives.ts';

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
  | { kind: 'crash'; message: string; stack?: string };

/** What one evaluation answers, as JSON. */
export type Outcome =
  | { kind: 'value'; value?: unknown; stash: Record<string, unknown> }
  | { kind: 'signal'; signal: Signal; stash: Record<string, unknown> }
  | { kind: 'crash'; message: string; stack: string };

/** A module of resolver code: called anew for each evaluation, so that its variables are new, too. */
export type Factory = (
  modules: unknown,
  step: () => void,
  bounded: (value: unknown) => unknown,
) => Record<string, (context: unknown) => unknown>;

/** Values of the host that the sandbox is built from. No code of a resolver can reach them. */
export interface SandboxInput {
  /** `stack` tells where a log was written. */
  host: (name: string, argumentsJson: string, stack?: string) => string;
  isLate: () => boolean;
  /** Functions by full name; a name of two or more parts is a member. */
  names: readonly string[];
  /** Importable modules: what each exports, and which of `names` that is. */
  modules: Record<string, Record<string, string>>;
  lateMessage: string;
  /** Characters and list entries that the built-ins of one evaluation may go through. */
  workLimit: number;
  /** Characters, entries and members of what is turned into JSON at once. */
  jsonLimit: number;
}

export interface Sandbox {
  /** `util` and its kin, which need no import. */
  globals: Record<string, unknown>;
  imported: Record<string, unknown>;
  meter: Meter;
  evaluate: (factory: Factory, handler: string, contextJson: string) => string;
}

/** The bounds of one evaluation. */
export interface Bounds {
  meter: Meter;
  step: () => void;
  bounded: (value: unknown) => unknown;
  toJson: (value: unknown) => string;
  begin: () => void;
}

type BoundsInput = Pick<SandboxInput, 'isLate' | 'lateMessage' | 'workLimit' | 'jsonLimit'>;

/** Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. */
export function createBounds({ isLate, lateMessage, workLimit, jsonLimit }: BoundsInput): Bounds {
  const { keys } = Object;
  const { isArray } = Array;
  const { stringify } = JSON;
  const Failure = Error;
  // A look at the clock costs some 30 ns.
  const STEPS_BETWEEN_LOOKS = 16;
  /** Of a list or an object as JSON. */
  const LEAST_CHARACTERS = 2;
  /** Calls of this size get a look of their own. */
  const LARGE_CALL = 10_000;
  let steps = 0;
  let work = 0;

  const chargeCount = (count: number): void => {
    work += count;
    if (count > LARGE_CALL && isLate()) throw new Failure(lateMessage);
    if (work > workLimit)
      throw new Failure(`the handler goes through more than ${workLimit} characters and entries of lists`);
  };
  const charge = (value: unknown): void => {
    if (typeof value === 'string' || isArray(value)) chargeCount((value as string | unknown[]).length);
  };
  const bounded = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && !isArray(value)) chargeCount(keys(value).length);
    else charge(value);
    return value;
  };
  /** A list that has one list twice, and so on, is small here and endless as JSON. */
  const measure = (root: unknown): void => {
    // Lists have metered methods by now, so that this one is kept by index.
    const pending = [root];
    let size = 0;
    for (let top = 1; top > 0;) {
      top -= 1;
      const value = pending[top];
      size += LEAST_CHARACTERS;
      if (typeof value === 'string') size += value.length;
      else if (isArray(value)) size += value.length;
      else if (typeof value === 'object' && value !== null) size += keys(value).length;
      if (size > jsonLimit)
        throw new Failure(`a value has more than ${jsonLimit} characters, entries and members as JSON`);
      if (typeof value !== 'object' || value === null) continue;
      for (const key of keys(value)) {
        const member = (value as Record<string, unknown>)[key];
        if (typeof member === 'string' || typeof member === 'object') pending[top++] = member;
      }
    }
  };
  return {
    meter: { charge, chargeCount, measure },
    bounded,
    step(): void {
      steps = (steps + 1) % STEPS_BETWEEN_LOOKS;
      if (steps === 0 && isLate()) throw new Failure(lateMessage);
    },
    toJson(value): string {
      measure(value);
      return stringify(value);
    },
    begin(): void {
      work = 0;
    },
  };
}

/**
 * Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. It builds `util` and
 * its kin from functions that pass JSON to the host and nothing else, so that no object of the host can be reached.
 */
export function installSandbox({ host, names, modules }: SandboxInput, bounds: Bounds): Sandbox {
  type Bag = Record<string, unknown>;
  const { parse } = JSON;
  const { meter, step, bounded, toJson, begin } = bounds;
  const { assign, entries, fromEntries } = Object;
  const Failure = Error;

  const roots: Bag = {};
  for (const name of names) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let target = roots;
    for (const part of path) target = (target[part] ??= {}) as Bag;
    const isLog = path[0] === 'console';
    target[last] = (...args: unknown[]) => {
      const stack = isLog ? new Failure().stack : undefined;
      const { signal, value } = parse(host(name, toJson(args), stack)) as HostAnswer;
      if (!signal) return value;
      const failure = new Failure('signal');
      if (signal.kind === 'crash') signal.stack = failure.stack ?? '';
      throw assign(failure, { signal });
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
  const evaluate: Sandbox['evaluate'] = (factory, handler, contextJson) => {
    const context = parse(contextJson) as Bag;
    context.args = context.arguments;
    begin();
    try {
      const value = factory(imported, step, bounded)[handler]?.(context);
      return toJson({ kind: 'value', value, stash: context.stash });
    } catch (thrown) {
      const { signal, message, stack } = thrown as { signal?: Signal; message?: string; stack?: string };
      if (signal) return toJson({ kind: 'signal', signal, stash: context.stash });
      return toJson({ kind: 'crash', message: `${message}`, stack: `${stack}` });
    }
  };
  const { util, runtime, extensions, console } = roots;
  return { globals: { util, runtime, extensions, console }, imported, meter, evaluate };
}
