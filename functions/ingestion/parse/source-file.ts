/** The bytes of one upload; nothing is read before it is asked for. */
export interface SourceFile {
  name: string;
  contentType: string;
  sizeBytes: number;
  /** Reads the first bytes, at most as many as the ceiling for samples. */
  readSample(): Promise<Uint8Array>;
  /** Reads all bytes, from the beginning or from an offset on. */
  stream(startOffset?: number): AsyncIterable<Uint8Array>;
}

/** Reads the whole file into memory; its size was checked against a ceiling before. */
export async function readWhole(file: SourceFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.sizeBytes);
  let length = 0;
  for await (const block of file.stream()) {
    if (length + block.length > bytes.length)
      throw new Error(`The object of "${file.name}" is larger than ${file.sizeBytes} bytes.`);
    bytes.set(block, length);
    length += block.length;
  }
  return bytes.subarray(0, length);
}
