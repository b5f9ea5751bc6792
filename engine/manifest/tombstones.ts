import { Bitmap } from '../format/bitmap.ts';
import { ByteWriter, bytesOf } from '../format/byte-writer.ts';
import { FormatProblem } from '../format/byte-reader.ts';
import type { SegmentEntry } from './manifest.ts';

const DELTAS = 0;
const BITS = 1;

/** Encodes tombstoned rows as base64: a kind byte, then gaps as varints or the words of the bitmap, whichever is shorter. */
export function encodeTombstones(dead: Bitmap): string {
  const deltas = new ByteWriter();
  let previous = -1;
  for (const row of dead.rows()) {
    deltas.varint(row - previous - 1);
    previous = row;
  }
  const isShort = deltas.length < dead.words.byteLength;
  const body = isShort ? deltas.finish() : bytesOf(dead.words);
  return Buffer.concat([Uint8Array.of(isShort ? DELTAS : BITS), body]).toString('base64');
}

const decoded = new WeakMap<SegmentEntry, Bitmap>();

/** Returns the tombstoned rows of a segment, or null when every row is live. Decoded once per manifest object; do not change it. */
export function deadRows(entry: SegmentEntry): Bitmap | null {
  if (entry.tombstones === null) return null;
  let dead = decoded.get(entry);
  if (dead === undefined) {
    dead = decodeTombstones(entry.tombstones, entry.rows);
    decoded.set(entry, dead);
  }
  return dead;
}

/** Decodes what `encodeTombstones` wrote for a segment of `rows` rows. */
export function decodeTombstones(text: string, rows: number): Bitmap {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const body = bytes.slice(1);
  if (bytes[0] === BITS && body.length === ((rows + 31) >>> 5) * 4)
    return new Bitmap(rows, new Uint32Array(body.buffer));
  if (bytes[0] !== DELTAS) throw new FormatProblem('tombstones have an unknown encoding');
  return decodeDeltas(body, rows);
}

function decodeDeltas(body: Uint8Array, rows: number): Bitmap {
  const dead = new Bitmap(rows);
  let previous = -1;
  let value = 0;
  let shift = 0;
  for (const byte of body) {
    value += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte >= 0x80 && shift < 35) continue;
    previous += value + 1;
    if (previous >= rows) throw new FormatProblem(`tombstones name row ${previous} of ${rows}`);
    dead.add(previous);
    value = 0;
    shift = 0;
  }
  if (shift !== 0) throw new FormatProblem('tombstones are cut');
  return dead;
}

/** Returns the entry with other tombstones; its live count follows. */
export function withDeadRows(entry: SegmentEntry, dead: Bitmap): SegmentEntry {
  const count = dead.count();
  const changed = {
    ...entry,
    live: entry.rows - count,
    tombstones: count === 0 ? null : encodeTombstones(dead),
  };
  decoded.set(changed, dead);
  return changed;
}

const live = new WeakMap<SegmentEntry, Bitmap>();

/** Returns the live rows of a segment. Made once per manifest object; do not change it. */
export function liveRows(entry: SegmentEntry): Bitmap {
  const known = live.get(entry);
  if (known !== undefined) return known;
  const rows = Bitmap.full(entry.rows);
  const dead = deadRows(entry);
  if (dead !== null) rows.andNot(dead);
  live.set(entry, rows);
  return rows;
}
