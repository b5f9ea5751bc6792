import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Where the set lies on machines that have it; it is never downloaded. */
const folder = fileURLToPath(new URL('../../../shared/data/ann/', import.meta.url));

/** Tells whether the images are here. */
export function isMnistPresent(): boolean {
  return existsSync(`${folder}mnist784.base.u8.gz`);
}

/** Reads images, queries and the 100 nearest images of each query. */
export function readMnist(): { base: Float32Array; queries: Float32Array; neighbours: Uint32Array } {
  const bytes = readFileSync(`${folder}mnist784.neighbors.u32`);
  return {
    base: Float32Array.from(gunzipSync(readFileSync(`${folder}mnist784.base.u8.gz`))),
    queries: Float32Array.from(gunzipSync(readFileSync(`${folder}mnist784.query.u8.gz`))),
    neighbours: new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
  };
}
