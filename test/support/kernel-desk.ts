import { loadKernels, seededRandom, type Kernels } from '../../engine/index.ts';

/** Areas in the memory of one set of kernels, for one run of a scenario. */
export interface KernelDesk {
  readonly kernels: Kernels;
  /** Copies values into a new area and returns its address. */
  place(values: Float32Array | Uint32Array | Uint8Array): number;
  /** Makes an area filled with a marker byte and returns its address. */
  room(bytes: number): number;
  floats(address: number, count: number): Float32Array;
  integers(address: number, count: number): Uint32Array;
  bytes(address: number, count: number): Uint8Array;
}

const MARKER = 0xa5;
/** Bytes after each area that no kernel may write. */
const GUARD_BYTES = 64;

/** Runs a scenario on fresh areas of the kernels' memory, and frees them. */
export function onDesk<Result>(kernels: Kernels, scenario: (desk: KernelDesk) => Result): Result {
  const { arena } = kernels;
  const areas: { address: number; bytes: number }[] = [];
  const bytes = (address: number, count: number): Uint8Array =>
    new Uint8Array(arena.memory.buffer(), address, count);
  const room = (count: number): number => {
    const address = arena.allocate(count + GUARD_BYTES);
    if (address === null) throw new Error(`The kernels have no room for ${count} bytes.`);
    areas.push({ address, bytes: count });
    bytes(address, count + GUARD_BYTES).fill(MARKER);
    return address;
  };
  const place = (values: Float32Array | Uint32Array | Uint8Array): number => {
    const address = room(values.byteLength);
    bytes(address, values.byteLength).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    return address;
  };
  try {
    const result = scenario({
      kernels,
      place,
      room,
      bytes,
      floats: (address, count) => new Float32Array(arena.memory.buffer(), address, count).slice(),
      integers: (address, count) => new Uint32Array(arena.memory.buffer(), address, count).slice(),
    });
    for (const area of areas) {
      const isIntact = bytes(area.address + area.bytes, GUARD_BYTES).every((byte) => byte === MARKER);
      if (!isIntact) throw new Error(`A kernel wrote beyond an area of ${area.bytes} bytes.`);
    }
    return result;
  } finally {
    for (const { address } of areas) arena.free(address);
  }
}

/** Loads all three variants. */
export function loadAllKernels(arenaBytes: number): Promise<Kernels[]> {
  return Promise.all(
    (['scalar', 'simd', 'relaxed-simd'] as const).map((variant) => loadKernels({ variant, arenaBytes })),
  );
}

/** Returns seeded values with a bell-shaped distribution around 0. */
export function gaussianValues(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}

/** Returns seeded signs, 1 or -1. */
export function randomSigns(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1));
}
