import { readSectionPart, type SegmentFile } from '../segment/segment-file.ts';
import type { StoreIo } from '../storage/store-io.ts';

/** Small enough that a verification runs beside other work; a multiple of the blocks of checksums. */
const PIECE_BYTES = 8 << 20;

/** Reads a section and verifies its checksums piece by piece. */
export async function readPieces(
  io: StoreIo,
  file: SegmentFile,
  name: string,
  visit: (bytes: Uint8Array) => void,
): Promise<void> {
  const { length, blockBytes } = file.entries.get(name)!;
  const step = Math.max(1, Math.floor(PIECE_BYTES / blockBytes)) * blockBytes;
  for (let offset = 0; offset < length; offset += step) {
    visit(await readSectionPart(io, file, name, { offset, length: Math.min(step, length - offset) }));
  }
}
