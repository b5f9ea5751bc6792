import { VectorDbError } from '../errors/vector-db-error.ts';
import type { Kernels } from './kernels.ts';

/** Areas of the kernels' memory that are taken together for one piece of work. */
export interface WorkAreas<Name extends string> {
  /** The address of an area. */
  at: Record<Name, number>;
  /** Views of areas; they are valid until the next allocation, which may move the memory. */
  bytes: (name: Name, length: number) => Uint8Array;
  floats: (name: Name, length: number) => Float32Array;
  integers: (name: Name, length: number) => Uint32Array;
}

/**
 * Takes areas of the given bytes during a call and gives them back after it, also when it fails. LimitExceeded when the memory
 * has no room for them.
 */
export function withWorkAreas<Name extends string, Result>(
  kernels: Kernels,
  sizes: Record<Name, number>,
  use: (areas: WorkAreas<Name>) => Result,
): Result {
  const { arena } = kernels;
  const at = {} as Record<Name, number>;
  const taken: number[] = [];
  try {
    for (const name of Object.keys(sizes) as Name[]) {
      const address = arena.allocateForWork(sizes[name]);
      if (address === null) throw noRoom(sizes[name]);
      taken.push(address);
      at[name] = address;
    }
    const buffer = (): ArrayBufferLike => arena.memory.buffer();
    return use({
      at,
      bytes: (name, length) => new Uint8Array(buffer(), at[name], length),
      floats: (name, length) => new Float32Array(buffer(), at[name], length),
      integers: (name, length) => new Uint32Array(buffer(), at[name], length),
    });
  } finally {
    for (const address of taken) arena.free(address);
  }
}

/** Makes the error of work that does not fit into the kernels' memory. */
export function noRoom(bytes: number): VectorDbError {
  const message = `The kernels' memory has no room for ${bytes} bytes of work: give them a larger arena.`;
  return new VectorDbError('LimitExceeded', message, { field: 'arenaBytes', actual: bytes });
}
