/**
 * Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. Removes what
 * APPSYNC_JS does not have, then freezes every object that code can reach, so that one evaluation cannot leave anything
 * behind for the next. `added` become globals; `hidden` are frozen as well.
 */
export function hardenRealm(added: Record<string, unknown>, hidden: unknown): void {
  const { assign, defineProperty, freeze, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf } =
    Object;
  const { deleteProperty, ownKeys } = Reflect;
  const scope = globalThis as unknown as Record<string, unknown>;
  // Reached by syntax alone, without a name; some of it by syntax that is refused before it gets here.
  const unnamed: unknown[] = [
    [][Symbol.iterator](),
    ''[Symbol.iterator](),
    () => undefined,
    async () => Promise.resolve(),
    (function* () {
      yield 1;
    })(),
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError],
    ...[Object, Array, Function, String, Number, Boolean].map((owner): unknown => owner.prototype),
  ];

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
  assign(scope, added);

  // A frozen `toString` would keep objects from having a member of that name: as accessors these let themselves be covered.
  for (const name of getOwnPropertyNames(Object.prototype)) {
    const value = getOwnPropertyDescriptor(Object.prototype, name)?.value as unknown;
    defineProperty(Object.prototype, name, {
      get: () => value,
      set(this: object, covering: unknown) {
        defineProperty(this, name, { value: covering, writable: true, enumerable: true, configurable: true });
      },
      enumerable: false,
      configurable: false,
    });
  }

  const pending: unknown[] = [scope, hidden, ...unnamed];
  const seen: unknown[] = [];
  for (let owner = pending.pop(); pending.length > 0 || owner !== undefined; owner = pending.pop()) {
    const isObject = (typeof owner === 'object' && owner !== null) || typeof owner === 'function';
    if (!isObject || seen.includes(owner)) continue;
    seen.push(owner);
    for (const key of ownKeys(owner as object)) {
      const member: Record<string, unknown> = { ...getOwnPropertyDescriptor(owner, key) };
      pending.push(member.value, member.get, member.set);
    }
    pending.push(getPrototypeOf(owner));
    freeze(owner);
  }
}
