/** The part of the WebAssembly interface that the engine uses; the compiler's ES libraries do not declare it. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  instantiate(
    bytes: Uint8Array,
    imports: { env: { memory: LinearMemory } },
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
  Memory: new (size: { initial: number; maximum: number }) => LinearMemory;
}

/** A WebAssembly memory; growing it detaches its earlier buffers. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The runtime's WebAssembly. */
export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
