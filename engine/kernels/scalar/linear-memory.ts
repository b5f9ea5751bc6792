/** Typed views of one linear memory at byte addresses. */
export interface LinearMemoryViews {
  floats: (address: number, count: number) => Float32Array;
  integers: (address: number, count: number) => Uint32Array;
  bytes: (address: number, count: number) => Uint8Array;
  signedBytes: (address: number, count: number) => Int8Array;
}

/** Makes views of a buffer; each costs an allocation. */
export function viewMemory(buffer: ArrayBuffer): LinearMemoryViews {
  return {
    floats: (address, count) => new Float32Array(buffer, address, count),
    integers: (address, count) => new Uint32Array(buffer, address, count),
    bytes: (address, count) => new Uint8Array(buffer, address, count),
    signedBytes: (address, count) => new Int8Array(buffer, address, count),
  };
}
