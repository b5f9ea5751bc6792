/** Counts what built-ins have to go through, so that no single call of one can take long. */
export interface Meter {
  /** Counts the characters or entries of a value, and fails when an evaluation has gone through too many. */
  charge: (value: unknown) => void;
  /** Counts a number of characters or entries that a call asks for. */
  chargeCount: (count: number) => void;
  /** Fails when a value would be too large as JSON. */
  measure: (value: unknown) => void;
}

/**
 * Runs inside the realm of the handlers, as text: it must not refer to anything outside of itself. Puts the meter before
 * every built-in whose time grows with a text or list, since no clock can look in while such a call runs.
 */
export function boundNatives({ charge, chargeCount, measure }: Meter): void {
  const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
  const { apply, ownKeys } = Reflect;
  type Native = (...args: unknown[]) => unknown;

  const metered = (name: string, native: Native): unknown => {
    const owner = {
      [name](this: unknown, ...args: unknown[]): unknown {
        if (this !== null && this !== undefined) charge(this);
        for (const argument of args) charge(argument);
        const result: unknown = apply(native, this, args);
        charge(result);
        return result;
      },
    };
    return owner[name];
  };
  const meterAll = (owner: object, isKept: (name: string) => boolean): void => {
    for (const name of getOwnPropertyNames(owner)) {
      const descriptor = getOwnPropertyDescriptor(owner, name);
      const native = descriptor?.value as unknown;
      if (typeof native !== 'function' || isKept(name)) continue;
      defineProperty(owner, name, { ...descriptor, value: metered(name, native as Native) });
    }
  };
  // Species lookups go through `constructor`: another one there would slow every list of the process down.
  meterAll(Array.prototype, (name) => name === 'constructor');
  meterAll(String.prototype, (name) => name === 'constructor');
  meterAll(Object, () => false);
  const { stringify } = JSON as unknown as { stringify: Native };
  defineProperty(JSON, 'stringify', {
    value: (...args: unknown[]): unknown => {
      measure(args[0]);
      return stringify(...args);
    },
    writable: true,
    configurable: true,
  });
  meterAll(JSON, () => false);
  meterAll(Math, () => false);
  const scope = globalThis as unknown as Record<string, unknown>;
  for (const name of ['parseInt', 'parseFloat', 'isNaN', 'isFinite']) {
    scope[name] = metered(name, scope[name] as Native);
  }

  // As globals these are called, never constructed; their members and prototypes stay what they are.
  const cover = (name: string, native: object, count: (args: unknown[]) => void): void => {
    const covered = {
      [name](...args: unknown[]): unknown {
        count(args);
        return apply(native as Native, undefined, args);
      },
    }[name] as unknown as object;
    for (const key of ownKeys(native))
      defineProperty(covered, key, getOwnPropertyDescriptor(native, key) as PropertyDescriptor);
    scope[name] = covered;
  };
  cover('Array', Array, (args) => {
    if (args.length === 1 && typeof args[0] === 'number') chargeCount(args[0]);
  });
  cover('Number', Number, (args) => {
    charge(args[0]);
  });
  cover('String', String, (args) => {
    charge(args[0]);
  });
}
