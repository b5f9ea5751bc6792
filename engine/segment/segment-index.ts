import { guardFormat, readSections, sectionEntry, type SegmentFile } from './segment-file.ts';
import { decodeIndexHeader, type IndexHeader } from './index-section.ts';
import { SECTIONS } from './segment-sections.ts';
import type { StoreIo } from '../storage/store-io.ts';

/** Returns whether the rows of a segment have an index. */
export function isIndexed(file: SegmentFile): boolean {
  return file.entries.has(SECTIONS.index);
}

/** Reads and checks the header of a segment's index; parsed once while the cache holds it. */
export function readIndexHeader(io: StoreIo, file: SegmentFile): Promise<IndexHeader> {
  const cacheKey = file.partKeys.index;
  return io.cache.once(cacheKey, async () => {
    const [bytes] = await readSections(io, file, [SECTIONS.index]);
    const codesBytes = sectionEntry(file, SECTIONS.codes).length;
    const rows8Bytes = sectionEntry(file, SECTIONS.rows8).length;
    const recordsBytes = sectionEntry(file, SECTIONS.records).length;
    const { rows, dimension, metric } = file.statistics;
    const header = guardFormat(file.key, () =>
      decodeIndexHeader(bytes!, {
        rows,
        vectorDimension: dimension,
        metric,
        codesBytes,
        recordsBytes,
        rows8Bytes,
      }),
    );
    io.cache.set(cacheKey, header, bytes!.length + header.listOffsets.byteLength);
    return header;
  });
}
