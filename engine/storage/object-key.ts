import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';

/** Fails when a key is not a relative path of plain names: it might otherwise name a file outside the store. */
export function checkObjectKey(key: string): void {
  const isPlain = key
    .split('/')
    .every((name) => /^[A-Za-z0-9_.=-]+$/.test(name) && name !== '.' && name !== '..');
  if (isPlain && key.length <= 1024) return;
  throw invalidInput(
    `${showValue(key)} is not an object key: names of letters, digits and _.=- joined by "/".`,
    {
      field: 'key',
    },
  );
}

/** Makes the error of a store that does not hold an object. */
export function missingObject(key: string, cause?: unknown): VectorDbError {
  return new VectorDbError('NotFound', `There is no object ${key} in the store.`, { field: key }, cause);
}

/** Returns the first byte of a range and the one after its last. */
export function readRange(range: { offset: number; length: number } | undefined): {
  start: number;
  end: number;
} {
  if (range === undefined) return { start: 0, end: Infinity };
  const { offset, length } = range;
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(length) || length < 1) {
    throw invalidInput(`A range of ${length} bytes from ${offset} cannot be read.`, { field: 'range' });
  }
  return { start: offset, end: offset + length };
}
