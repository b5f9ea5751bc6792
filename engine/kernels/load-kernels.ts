import { availableParallelism } from 'node:os';
import { relaxedSimdModule, simdModule } from '../generated/kernels-wasm.ts';
import { createArena, type GrowableMemory } from './arena.ts';
import { SCRATCH, type KernelFunctions, type Kernels } from './kernels.ts';
import { scalarKernels } from './scalar-kernels.ts';
import { webAssembly, type LinearMemory } from './web-assembly.ts';

const PAGE_BYTES = 65_536;
/** Room for about 330,000 rows of 384 values, which is above what one flat segment should hold. */
const DEFAULT_ARENA_BYTES = 512 << 20;

export interface KernelOptions {
  /** Most bytes of rows that stay in the kernels' memory. */
  arenaBytes?: number;
  /** Threads that build an index: 2 where there are as many processors. */
  threads?: number;
  /** Overrides the choice by what the runtime can do. */
  variant?: Kernels['name'];
}

/** Loads the fastest kernels that this runtime can run. Takes 1-3 ms. */
export async function loadKernels(options: KernelOptions = {}): Promise<Kernels> {
  const { arenaBytes = DEFAULT_ARENA_BYTES, threads = availableParallelism() } = options;
  const variants =
    options.variant === undefined ? (['relaxed-simd', 'simd', 'scalar'] as const) : [options.variant];
  for (const name of variants) {
    if (name === 'scalar') break;
    const bytes = Buffer.from(name === 'simd' ? simdModule : relaxedSimdModule, 'base64');
    if (webAssembly.validate(bytes)) return instantiate(name, bytes, { arenaBytes, threads });
  }
  return scalarKernels(SCRATCH.end + arenaBytes);
}

async function instantiate(
  name: Kernels['name'],
  bytes: Uint8Array,
  { arenaBytes, threads }: { arenaBytes: number; threads: number },
): Promise<Kernels> {
  const initial = Math.ceil(SCRATCH.end / PAGE_BYTES);
  const maximum = Math.min(65_536, initial + Math.ceil(arenaBytes / PAGE_BYTES));
  const memory = new webAssembly.Memory({ initial, maximum, shared: true });
  const { module, instance } = await webAssembly.instantiate(bytes, { env: { memory } });
  const growable: GrowableMemory = {
    buffer: () => memory.buffer,
    growTo: (wanted) => growMemory(memory, wanted),
  };
  return {
    name,
    functions: instance.exports as unknown as KernelFunctions,
    shared: threads > 1 ? { module, memory } : null,
    arena: createArena(growable, SCRATCH.end, (maximum - initial) * PAGE_BYTES),
  };
}

function growMemory(memory: LinearMemory, wanted: number): boolean {
  const missing = Math.ceil((wanted - memory.buffer.byteLength) / PAGE_BYTES);
  if (missing <= 0) return true;
  try {
    memory.grow(missing);
    return true;
  } catch (error) {
    // The host has no memory left, or the maximum is reached: the caller scores through the window instead.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
