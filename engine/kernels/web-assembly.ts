/** The part of the WebAssembly interface that the engine uses; the compiler's ES libraries do not declare it. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  instantiate(
    bytes: Uint8Array,
    imports: { env: { memory: LinearMemory } },
  ): Promise<{ module: object; instance: { exports: Record<string, unknown> } }>;
  Memory: new (size: { initial: number; maximum: number; shared: boolean }) => LinearMemory;
}

/** A WebAssembly memory, shared by threads; growing it makes another, larger buffer of it. */
export interface LinearMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** The runtime's WebAssembly. */
export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
