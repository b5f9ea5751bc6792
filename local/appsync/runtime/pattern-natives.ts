import type { HostAnswer } from './sandbox.ts';

/**
 * Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. Gives `replace` and
 * `replaceAll` the patterns of Java, which the service reads there, and `JSON.parse` its answer to what is no JSON.
 */
export function patternNatives(host: (name: string, argumentsJson: string) => string): void {
  type Native = (this: unknown, ...args: unknown[]) => unknown;
  const { defineProperty } = Object;
  const { apply } = Reflect;
  const { parse, stringify } = JSON;
  const { includes } = String.prototype as unknown as { includes: Native };
  const Failure = Error;

  const isPlain = (pattern: string): boolean => {
    for (const character of '\\^$.|?*+()[]{}') if (apply(includes, pattern, [character])) return false;
    return true;
  };
  const define = (owner: object, members: Record<string, Native>): void => {
    for (const name of ['replace', 'replaceAll', 'parse']) {
      const value = members[name];
      if (value)
        defineProperty(owner, name, { value, writable: true, enumerable: false, configurable: true });
    }
  };
  const reading = (native: Native, isAll: boolean): Native =>
    function (this: unknown, ...args: unknown[]): unknown {
      const [pattern, replacement] = args;
      const isPattern = typeof pattern === 'string' && typeof replacement === 'string' && !isPlain(pattern);
      if (!isPattern) return apply(native, this, args);
      const call = stringify([this, pattern, replacement, isAll]);
      const { signal, value } = parse(host('string.replace', call)) as HostAnswer;
      if (signal) throw new Failure((signal as { message: string }).message);
      return value;
    };

  const { replace, replaceAll } = String.prototype as unknown as Record<'replace' | 'replaceAll', Native>;
  define(String.prototype, { replace: reading(replace, false), replaceAll: reading(replaceAll, true) });
  define(JSON, {
    parse(...args) {
      try {
        return apply(parse, undefined, args) as unknown;
      } catch {
        return '';
      }
    },
  });
}
