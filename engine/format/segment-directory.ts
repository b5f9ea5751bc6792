import { FormatProblem } from './byte-reader.ts';
import { checksumOf } from './checksum.ts';
import { FOOTER_BYTES, HEADER_BYTES, SEGMENT_MAGIC, type SectionEntry } from './segment-layout.ts';

/** What the footer says. */
export interface Footer {
  directoryOffset: number;
  directoryBytes: number;
  directoryChecksum: number;
}

/** Thrown for a major version that this reader does not know. */
export class UnknownVersion extends FormatProblem {}

/** Reads the footer from the last bytes of an object of `sizeBytes` bytes. */
export function parseFooter(tail: Uint8Array, sizeBytes: number): Footer {
  if (sizeBytes < HEADER_BYTES + FOOTER_BYTES || tail.length < FOOTER_BYTES) {
    throw new FormatProblem(`${sizeBytes} bytes are too few for a segment`);
  }
  const footer = tail.subarray(tail.length - FOOTER_BYTES);
  const view = new DataView(footer.buffer, footer.byteOffset, FOOTER_BYTES);
  if (Buffer.from(footer.subarray(FOOTER_BYTES - 8)).toString('latin1') !== SEGMENT_MAGIC) {
    throw new FormatProblem('it does not end with the mark of a segment');
  }
  if (view.getUint32(28, true) !== checksumOf(footer.subarray(0, 28))) {
    throw new FormatProblem('the checksum of its footer is wrong');
  }
  const major = view.getUint16(24, true);
  if (major !== 1 && major !== 2) {
    throw new UnknownVersion(`it has format version ${major}, and this reader knows 1 and 2`);
  }
  const directoryOffset = Number(view.getBigUint64(0, true));
  const directoryBytes = view.getUint32(8, true);
  const statedBytes = Number(view.getBigUint64(16, true));
  if (statedBytes !== sizeBytes) throw new FormatProblem(`it has ${sizeBytes} of ${statedBytes} bytes`);
  if (directoryOffset < HEADER_BYTES || directoryOffset + directoryBytes + FOOTER_BYTES !== sizeBytes) {
    throw new FormatProblem('its footer names a directory outside the object');
  }
  return { directoryOffset, directoryBytes, directoryChecksum: view.getUint32(12, true) };
}

/** Reads the directory and checks that every section lies inside the object. Unknown sections are kept: nobody asks for them. */
export function parseDirectory(bytes: Uint8Array, footer: Footer): Map<string, SectionEntry> {
  if (bytes.length !== footer.directoryBytes || checksumOf(bytes) !== footer.directoryChecksum) {
    throw new FormatProblem('the checksum of its directory is wrong');
  }
  const parsed = parseJson(bytes);
  const entries = new Map<string, SectionEntry>();
  for (const raw of sectionsOf(parsed)) {
    const entry = parseEntry(raw);
    if (entry.offset < HEADER_BYTES || entry.offset + entry.length > footer.directoryOffset) {
      throw new FormatProblem(`section ${entry.name} lies outside the object`);
    }
    if (entries.has(entry.name)) throw new FormatProblem(`section ${entry.name} is listed twice`);
    entries.set(entry.name, entry);
  }
  return entries;
}

/** Parses stored JSON; its bytes have passed their checksum, so a failure means a broken writer. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FormatProblem('a JSON part cannot be parsed', { cause: error });
  }
}

function sectionsOf(parsed: unknown): unknown[] {
  const sections = (parsed as { sections?: unknown } | null)?.sections;
  if (!Array.isArray(sections)) throw new FormatProblem('its directory lists no sections');
  return sections;
}

function parseEntry(raw: unknown): SectionEntry {
  const { name, offset, length, blockBytes, checksums } = (raw ?? {}) as Record<string, unknown>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof name !== 'string' || !isCount(offset) || !isCount(length) || typeof checksums !== 'string') {
    throw new FormatProblem('an entry of its directory is malformed');
  }
  if (!isCount(blockBytes) || blockBytes === 0) throw new FormatProblem(`section ${name} has no block size`);
  const decoded = Uint8Array.from(Buffer.from(checksums, 'base64'));
  if (decoded.length !== Math.ceil(length / blockBytes) * 4) {
    throw new FormatProblem(`section ${name} has the wrong number of checksums`);
  }
  return { name, offset, length, blockBytes, checksums: new Uint32Array(decoded.buffer) };
}
