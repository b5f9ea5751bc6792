import { ByteWriter } from './byte-writer.ts';
import { checksumOf } from './checksum.ts';

/** Constants of the segment container; `docs/format.md` is the specification. */
export const SEGMENT_MAGIC = 'VDBSEG\r\n';
export const SEGMENT_MAJOR = 1;
const SEGMENT_MINOR = 1;
export const HEADER_BYTES = 64;
export const FOOTER_BYTES = 40;
const SECTION_ALIGNMENT = 64;
/** One checksum covers this many bytes: small enough to read a few rows of a large section, 0.006 % overhead. */
const CHECKSUM_BLOCK_BYTES = 65_536;

/** Where a section lies in the object. */
export interface SectionEntry {
  name: string;
  offset: number;
  length: number;
  blockBytes: number;
  /** One per started block. */
  checksums: Uint32Array;
}

/** Lays sections out as one segment object. Same sections, same bytes. */
export function encodeContainer(sections: { name: string; bytes: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writeHeader(writer);
  const entries = sections.map(({ name, bytes }) => {
    writer.align(SECTION_ALIGNMENT);
    const offset = writer.length;
    writer.raw(bytes);
    return {
      name,
      offset,
      length: bytes.length,
      blockBytes: CHECKSUM_BLOCK_BYTES,
      checksums: Buffer.from(blockChecksums(bytes, CHECKSUM_BLOCK_BYTES).buffer).toString('base64'),
    };
  });
  writer.align(SECTION_ALIGNMENT);
  const directoryOffset = writer.length;
  const directory = new TextEncoder().encode(JSON.stringify({ sections: entries }));
  writer.raw(directory);
  writeFooter(writer, directoryOffset, directory);
  return writer.finish();
}

function writeHeader(writer: ByteWriter): void {
  writer.raw(new TextEncoder().encode(SEGMENT_MAGIC)).u16(SEGMENT_MAJOR).u16(SEGMENT_MINOR).u32(HEADER_BYTES);
  writer.align(HEADER_BYTES);
}

function writeFooter(writer: ByteWriter, directoryOffset: number, directory: Uint8Array): void {
  const objectBytes = writer.length + FOOTER_BYTES;
  const footer = new ByteWriter()
    .u64(directoryOffset)
    .u32(directory.length)
    .u32(checksumOf(directory))
    .u64(objectBytes)
    .u16(SEGMENT_MAJOR)
    .u16(SEGMENT_MINOR)
    .finish();
  writer.raw(footer).u32(checksumOf(footer)).raw(new TextEncoder().encode(SEGMENT_MAGIC));
}

/** Returns the checksum of every block of `blockBytes` bytes. */
function blockChecksums(bytes: Uint8Array, blockBytes: number): Uint32Array<ArrayBuffer> {
  const checksums = new Uint32Array(Math.ceil(bytes.length / blockBytes));
  for (let i = 0; i < checksums.length; i++) {
    checksums[i] = checksumOf(bytes.subarray(i * blockBytes, (i + 1) * blockBytes));
  }
  return checksums;
}
