import type { SegmentEntry } from '../manifest/manifest.ts';
import { liveRows } from '../manifest/tombstones.ts';
import { hashId } from '../index/id-hashes.ts';
import { loadSegment } from '../segment/load-segment.ts';
import { openSegment } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { errorAt, type Finding } from './finding.ts';

/**
 * Finds ids that are live in two segments. Keeps 4 bytes for each live row, sorted by hash; only the ids whose hash occurs twice
 * are compared themselves, in a second reading.
 */
export class LiveRows {
  private readonly hashes: Uint32Array[] = [];
  private readonly entries: SegmentEntry[] = [];
  private readonly fileIds = new Set<string>();

  /** Adds the live rows of a segment that can be read. */
  async add(io: StoreIo, entry: SegmentEntry): Promise<void> {
    const file = await openSegment(io, entry.key);
    const segment = await loadSegment(io, file, [SECTIONS.ids, SECTIONS.files, SECTIONS.fileCodes]);
    const rows = liveRows(entry).rows();
    this.hashes.push(rows.map((row) => hashId(segment.ids.get(row))));
    this.entries.push(entry);
    for (const row of rows) {
      const { fileId } = segment.fileOf(row);
      if (fileId !== null) this.fileIds.add(fileId);
    }
  }

  /** Files with a live row. */
  get fileCount(): number {
    return this.fileIds.size;
  }

  async *duplicates(io: StoreIo): AsyncGenerator<Finding> {
    const suspects = this.repeatedHashes();
    if (suspects.size === 0) return;
    const seen = new Map<string, string>();
    for (const entry of this.entries) {
      const segment = await loadSegment(io, await openSegment(io, entry.key), [SECTIONS.ids]);
      for (const row of liveRows(entry).rows()) {
        const id = segment.ids.get(row);
        if (!suspects.has(hashId(id))) continue;
        const other = seen.get(id);
        if (other !== undefined)
          yield errorAt(entry.key, `row ${row} has the id "${id}", which is live in ${other} too`);
        seen.set(id, entry.key);
      }
    }
  }

  private repeatedHashes(): Set<number> {
    const all = new Uint32Array(this.hashes.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const hashes of this.hashes) {
      all.set(hashes, at);
      at += hashes.length;
    }
    all.sort();
    return new Set(all.filter((hash, i) => hash === all[i - 1]));
  }
}
