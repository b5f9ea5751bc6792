import { createArena, type GrowableMemory } from './arena.ts';
import { SCRATCH, type KernelFunctions, type Kernels } from './kernels.ts';
import { viewMemory } from './scalar/linear-memory.ts';
import { scalarAssign } from './scalar/scalar-assign.ts';
import { scalarDots } from './scalar/scalar-dot.ts';
import { scalarFastScan } from './scalar/scalar-fast-scan.ts';
import { scalarInt8 } from './scalar/scalar-int8.ts';
import { scalarRabitq } from './scalar/scalar-rabitq.ts';
import { scalarRows } from './scalar/scalar-rows.ts';
import { scalarTopK } from './scalar/scalar-top-k.ts';

/** Makes kernels in plain TypeScript: the oracle of the WebAssembly ones, and the fallback where SIMD is missing. */
export function scalarKernels(maxBytes = 1 << 30): Kernels {
  const buffer = new ArrayBuffer(SCRATCH.end, { maxByteLength: maxBytes });
  const memory: GrowableMemory = {
    buffer: () => buffer,
    growTo: (bytes) => {
      if (bytes > maxBytes) return false;
      if (bytes > buffer.byteLength) buffer.resize(bytes);
      return true;
    },
  };
  return {
    name: 'scalar',
    shared: null,
    functions: scalarFunctions(buffer),
    arena: createArena(memory, SCRATCH.end, maxBytes - SCRATCH.end),
  };
}

function scalarFunctions(buffer: ArrayBuffer): KernelFunctions {
  const memory = viewMemory(buffer);
  const fastScan = scalarFastScan(memory);
  return {
    ...scalarDots(memory),
    ...scalarTopK(memory),
    ...scalarRows(memory),
    ...scalarInt8(memory),
    ...scalarRabitq(memory),
    ...fastScan,
    ...scalarAssign(memory, fastScan),
  };
}
