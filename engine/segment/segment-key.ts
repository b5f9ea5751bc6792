/** Returns the object key of a segment: it is named by the SHA-256 of its content. */
export function segmentKey(prefix: string, hash: string): string {
  return `${prefix}segments/${hash}.seg`;
}
