import type { ObjectParts } from '../api.ts';

/** Returns the size of an object to put. */
export function sizeOfObject(object: Uint8Array | ObjectParts): number {
  return object instanceof Uint8Array ? object.length : object.sizeBytes;
}

/** Returns the parts of an object to put. */
export function partsOfObject(object: Uint8Array | ObjectParts): Iterable<Uint8Array> {
  return object instanceof Uint8Array ? [object] : object.parts();
}

/** Returns the bytes of an object as one array of its own. */
export function joinParts(object: Uint8Array | ObjectParts): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(sizeOfObject(object));
  let at = 0;
  for (const part of partsOfObject(object)) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
