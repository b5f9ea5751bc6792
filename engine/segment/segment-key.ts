import { contentHash } from '../format/checksum.ts';

/** Returns the object key of a segment: it is named by its content. */
export function segmentKey(prefix: string, bytes: Uint8Array): string {
  return `${prefix}segments/${contentHash(bytes)}.seg`;
}
