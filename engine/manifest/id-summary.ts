import { hashId, hasHash } from '../index/id-hashes.ts';

/** What a manifest knows of the ids of a segment: at most 190 bytes of JSON for ids of plain characters. */
export interface IdSummary {
  /** The first characters of the least and of the greatest id. */
  least: string;
  most: string;
  /** For few rows: base64 of the hash of each id, as u32. */
  hashes?: string;
}

/** Characters of an id that bound it: a file's id, its version and the number of a chunk. */
const BOUND_LENGTH = 48;
/** Single upserts and small batches are then never read by other writers. */
const MAX_HASHES = 16;

/** Summarizes the ascending ids of a segment. */
export function summarizeIds(ids: { length: number; get(index: number): string }): IdSummary {
  const least = ids.get(0).slice(0, BOUND_LENGTH);
  const most = ids.get(ids.length - 1).slice(0, BOUND_LENGTH);
  if (ids.length > MAX_HASHES) return { least, most };
  const bytes = Buffer.alloc(ids.length * 4);
  for (let i = 0; i < ids.length; i++) bytes.writeUInt32LE(hashId(ids.get(i)), i * 4);
  return { least, most, hashes: bytes.toString('base64') };
}

/** Ids by hash and in order, to be looked for in many segments. */
export class IdSet {
  private readonly byHash = new Map<number, string[]>();
  private readonly bounds: string[];
  readonly size: number;

  constructor(ids: Iterable<string>) {
    const distinct = new Set(ids);
    this.size = distinct.size;
    this.bounds = Array.from(distinct, (id) => id.slice(0, BOUND_LENGTH)).sort();
    for (const id of distinct) {
      const hash = hashId(id);
      const same = this.byHash.get(hash);
      if (same === undefined) this.byHash.set(hash, [id]);
      else same.push(id);
    }
  }

  /** Returns the ids that a segment with these hashes may hold. */
  candidates(hashes: Uint32Array): string[] {
    const found: string[] = [];
    if (this.byHash.size < hashes.length) {
      for (const [hash, ids] of this.byHash) if (hasHash(hashes, hash)) found.push(...ids);
    } else {
      for (const hash of new Set(hashes)) found.push(...(this.byHash.get(hash) ?? []));
    }
    return found;
  }

  /** Returns false only when a segment of this summary certainly holds none of the ids. */
  mayMeet(summary: IdSummary | undefined): boolean {
    if (this.size === 0) return false;
    if (summary === undefined) return true;
    const first = this.bounds[lowerBound(this.bounds, summary.least)];
    if (first === undefined || first > summary.most) return false;
    if (summary.hashes === undefined) return true;
    const bytes = Buffer.from(summary.hashes, 'base64');
    for (let at = 0; at + 4 <= bytes.length; at += 4)
      if (this.byHash.has(bytes.readUInt32LE(at))) return true;
    return false;
  }
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
