import { corruptData } from '../errors/vector-db-error.ts';
import { contentHash } from '../format/checksum.ts';
import { FormatProblem } from '../format/byte-reader.ts';
import { parseJson } from '../format/segment-directory.ts';
import { guardFormat } from '../segment/segment-file.ts';
import type { StoreIo } from '../storage/store-io.ts';
import type { IdSummary } from './id-summary.ts';
import type { Manifest, ManifestField, SegmentEntry, SweepState } from './manifest.ts';
import { deadRows } from './tombstones.ts';

/** Encodes a manifest and names it: the key carries the version and the hash of the bytes. */
export function encodeManifest(manifest: Manifest, prefix: string): { key: string; bytes: Uint8Array } {
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  return { key: `${prefix}manifests/${manifest.version}-${contentHash(bytes)}.json`, bytes };
}

/** Reads a manifest and verifies it against the hash in its key. */
export function readManifest(io: StoreIo, key: string): Promise<Manifest> {
  return io.cache.once(key, async () => {
    const bytes = await io.store.get(key);
    const manifest = guardFormat(key, () => parseManifest(key, bytes));
    rememberManifest(io, key, manifest, bytes.length);
    return manifest;
  });
}

/** Puts a manifest that was just written into the cache. */
export function rememberManifest(io: StoreIo, key: string, manifest: Manifest, sizeBytes: number): void {
  // A parsed manifest and its decoded tombstones take about three times its text.
  io.cache.set(key, manifest, sizeBytes * 3);
}

function parseManifest(key: string, bytes: Uint8Array): Manifest {
  const hash = /-([0-9a-f]{64})\.json$/.exec(key)?.[1];
  if (hash !== contentHash(bytes)) throw new FormatProblem('its content does not match the hash in its name');
  const manifest = parseJson(bytes) as Manifest;
  if (!isObject(manifest)) throw new FormatProblem('it is not a manifest');
  if ((manifest.format as string) !== 'vector-db-manifest') throw new FormatProblem('it is not a manifest');
  if ((manifest.formatVersion as number) !== 1) {
    throw new FormatProblem(
      `it has format version ${String(manifest.formatVersion)}, and this reader knows 1`,
    );
  }
  if (!Array.isArray(manifest.segments) || !manifest.segments.every(isSegmentEntry)) {
    throw new FormatProblem('its list of segments is malformed');
  }
  if (!Array.isArray(manifest.fields) || !manifest.fields.every(isField)) {
    throw new FormatProblem('its list of fields is malformed');
  }
  if (!isAbsentOr(manifest.ancestors, isStrings) || !isAbsentOr(manifest.sweep, isSweep)) {
    throw new FormatProblem('its history is malformed');
  }
  for (const entry of manifest.segments) checkTombstones(key, entry);
  return manifest;
}

function isSegmentEntry(entry: SegmentEntry): boolean {
  if (!isObject(entry)) return false;
  const counts = [entry.rows, entry.live, entry.sizeBytes, entry.directory ?? 0];
  if (typeof entry.key !== 'string' || !isAbsentOr(entry.ids, isIdSummary)) return false;
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function isAbsentOr<Value>(value: Value | undefined, isRight: (value: Value) => boolean): boolean {
  return value === undefined || (isObject(value) && isRight(value));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isStrings(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'string');
}

function isIdSummary({ least, most, hashes = '' }: IdSummary): boolean {
  return isStrings([least, most, hashes]);
}

function isSweep({ round, untilMs, condemned }: SweepState): boolean {
  return Number.isSafeInteger(round) && Number.isFinite(untilMs) && isStrings(condemned);
}

function isField(field: ManifestField): boolean {
  if (!isObject(field)) return false;
  return typeof field.name === 'string' && typeof field.type === 'string' && Array.isArray(field.sketch);
}

function checkTombstones(key: string, entry: SegmentEntry): void {
  const dead = deadRows(entry)?.count() ?? 0;
  if (entry.rows - dead !== entry.live)
    throw corruptData(key, `it counts ${entry.live} live rows in ${entry.key}`);
}
