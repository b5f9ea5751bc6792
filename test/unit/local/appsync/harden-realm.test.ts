import { constants, createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { hardenRealm } from '../../../../local/appsync/runtime/harden-realm.ts';

const context = createContext(constants.DONT_CONTEXTIFY);
const given = '{ util: { time: { now: () => 1 } } }, { hidden: { deep: [] } }';
runInContext(`(${hardenRealm.toString()})(${given})`, context);

/** Everything that can be reached from a value: members, accessors, prototypes. */
function reachableFrom(start: unknown): Map<object, string> {
  const seen = new Map<object, string>();
  const pending: [unknown, string][] = [[start, 'start']];
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    const [value, path] = entry;
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (!isObject || seen.has(value)) continue;
    seen.set(value, path);
    for (const key of Reflect.ownKeys(value)) {
      const member: Record<string, unknown> = { ...Reflect.getOwnPropertyDescriptor(value, key) };
      for (const next of [member.value, member.get, member.set])
        pending.push([next, `${path}.${String(key)}`]);
    }
    pending.push([Reflect.getPrototypeOf(value), `${path}.<prototype>`]);
  }
  return seen;
}

function unfrozen(start: unknown): string[] {
  const reached = reachableFrom(start);
  expect(reached.size).toBeGreaterThan(10);
  return [...reached].filter(([object]) => !Object.isFrozen(object)).map(([, path]) => path);
}

describe('a hardened realm', () => {
  it.each([
    'this',
    '[].constructor',
    '({}).constructor',
    "''.constructor",
    '(0).constructor',
    'true.constructor',
  ])('has nothing that can change behind %s', (expression) => {
    expect(unfrozen(runInContext(expression, context))).toEqual([]);
  });

  it.each(['[]', '({})', '(() => 1)', '(function () {})', '(function* () {})', '(async () => 1)'])(
    'has nothing that can change in the prototypes of %s',
    (expression) => {
      expect(unfrozen(Reflect.getPrototypeOf(runInContext(expression, context) as object))).toEqual([]);
    },
  );

  it('freezes the iterators of lists and strings', () => {
    const list = runInContext('[]', context) as unknown[];
    const { prototype } = runInContext("''.constructor", context) as StringConstructor;

    const iterators = [list[Symbol.iterator](), prototype[Symbol.iterator].call('a')];

    for (const iterator of iterators) expect(unfrozen(Reflect.getPrototypeOf(iterator))).toEqual([]);
  });
});
