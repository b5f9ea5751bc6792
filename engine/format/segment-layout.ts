import { createHash, type Hash } from 'node:crypto';
import type { ObjectParts } from '../api.ts';
import { invariant } from '../errors/invariant.ts';
import { ByteWriter } from './byte-writer.ts';
import { checksumOf } from './checksum.ts';

/** Constants of the segment container; `docs/format.md` is the specification. */
export const SEGMENT_MAGIC = 'VDBSEG\r\n';
/** The major version: 1 holds rows to scan whole, 2 holds a vector index. */
export type SegmentMajor = 1 | 2;
const MINOR: Record<SegmentMajor, number> = { 1: 1, 2: 0 };
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

/** A section before it is stored. Its bytes come in parts that are whole blocks, but for the last; `parts` may be called again. */
export interface Section {
  name: string;
  length: number;
  /** Bytes under one checksum. */
  blockBytes: number;
  parts: () => Iterable<Uint8Array>;
}

/** Makes a section of bytes that are in memory. */
export function sectionOf(name: string, bytes: Uint8Array, blockBytes = CHECKSUM_BLOCK_BYTES): Section {
  return { name, length: bytes.length, blockBytes, parts: () => [bytes] };
}

/**
 * Lays sections out as one segment object, and returns it with the SHA-256 of its bytes and the checksum of its directory. Same sections, same bytes. A segment with
 * an index is of the second major version: readers of the first look for rows where it has none.
 */
export function encodeContainer(
  sections: readonly Section[],
  major: SegmentMajor,
): { object: ObjectParts; hash: string; directory: number } {
  const header = headerOf(major);
  const hash = createHash('sha256').update(header);
  let length = header.length;
  const entries = sections.map((section) => {
    const padding = paddingAfter(length);
    const offset = length + padding.length;
    length = offset + section.length;
    hash.update(padding);
    const checksums = checksumParts(section, hash);
    const { name, blockBytes } = section;
    return {
      name,
      offset,
      length: section.length,
      blockBytes,
      checksums: Buffer.from(checksums.buffer).toString('base64'),
    };
  });
  const { end, directory } = encodeEnd(length, entries, major);
  const object: ObjectParts = {
    sizeBytes: length + end.length,
    *parts() {
      yield header;
      let at = header.length;
      for (const section of sections) {
        const padding = paddingAfter(at);
        if (padding.length > 0) yield padding;
        yield* section.parts();
        at += padding.length + section.length;
      }
      yield end;
    },
  };
  return { object, hash: hash.update(end).digest('hex'), directory };
}

function headerOf(major: SegmentMajor): Uint8Array {
  const writer = new ByteWriter();
  writer.raw(new TextEncoder().encode(SEGMENT_MAGIC)).u16(major).u16(MINOR[major]).u32(HEADER_BYTES);
  return writer.align(HEADER_BYTES).finish();
}

/** Returns the zeros between `length` bytes and the next section. */
function paddingAfter(length: number): Uint8Array {
  return new Uint8Array((SECTION_ALIGNMENT - (length % SECTION_ALIGNMENT)) % SECTION_ALIGNMENT);
}

function encodeEnd(
  length: number,
  entries: unknown[],
  major: SegmentMajor,
): { end: Uint8Array; directory: number } {
  const padding = paddingAfter(length);
  const directory = new TextEncoder().encode(JSON.stringify({ sections: entries }));
  const writer = new ByteWriter().raw(padding).raw(directory);
  const checksum = checksumOf(directory);
  const objectBytes = length + writer.length + FOOTER_BYTES;
  const footer = new ByteWriter()
    .u64(length + padding.length)
    .u32(directory.length)
    .u32(checksum)
    .u64(objectBytes)
    .u16(major)
    .u16(MINOR[major])
    .finish();
  writer.raw(footer).u32(checksumOf(footer)).raw(new TextEncoder().encode(SEGMENT_MAGIC));
  return { end: writer.finish(), directory: checksum };
}

/** Returns the checksum of every block of a section, and adds its bytes to `hash`. */
function checksumParts({ name, length, blockBytes, parts }: Section, hash: Hash): Uint32Array<ArrayBuffer> {
  const checksums = new Uint32Array(Math.ceil(length / blockBytes));
  let seen = 0;
  for (const part of parts()) {
    invariant(seen % blockBytes === 0, `a part of section ${name} starts at a block`);
    hash.update(part);
    for (let at = 0; at < part.length; at += blockBytes) {
      checksums[(seen + at) / blockBytes] = checksumOf(part.subarray(at, at + blockBytes));
    }
    seen += part.length;
  }
  invariant(seen === length, `section ${name} has the ${length} bytes that it says`);
  return checksums;
}
