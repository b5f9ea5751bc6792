import { corruptData } from '../errors/vector-db-error.ts';
import { openSegment, type SegmentFile } from '../segment/segment-file.ts';
import type { StoreIo } from '../storage/store-io.ts';
import type { SegmentEntry } from './manifest.ts';

/**
 * Opens a segment that a manifest names. An intact object that is another one's, as a careless restoration leaves it, is CorruptData:
 * the checksum of the directory stands for all bytes, because the directory holds the checksums of the sections.
 */
export async function openEntry(io: StoreIo, entry: SegmentEntry): Promise<SegmentFile> {
  const { key, rows, sizeBytes, directory, tailBytes } = entry;
  const file = await openSegment(io, key, tailBytes);
  const { directoryChecksum, statistics } = file;
  const isRight = sizeBytes === file.sizeBytes && rows === statistics.rows;
  if (isRight && (directory ?? directoryChecksum) === directoryChecksum) return file;
  throw corruptData(key, 'it is intact, and not the object that the manifest names');
}
