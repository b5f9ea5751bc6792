import type { FieldType } from '../api.ts';
import type { DistinctSketch } from '../index/distinct-sketch.ts';
import type { IdSummary } from './id-summary.ts';

/** One segment of a manifest. */
export interface SegmentEntry {
  key: string;
  rows: number;
  /** Rows that are not tombstoned. */
  live: number;
  sizeBytes: number;
  /** CRC-32 of its directory: tells it from every other object. */
  directory?: number;
  /** Bytes at its end that a search reads first, when that is more than usual. */
  tailBytes?: number;
  /** The tombstoned rows, encoded; null when every row is live. */
  tombstones: string | null;
  /** Tells without reading the segment that it does not hold an id. */
  ids?: IdSummary;
}

/** A metadata field that some row has, or had. */
export interface ManifestField {
  name: string;
  type: FieldType;
  sketch: DistinctSketch;
}

/** Segments that a sweep is about to delete: until it has ended, nobody may add one of them. */
export interface SweepState {
  /** Grows with every move of the pointer that condemns or releases segments. */
  round: number;
  /** When the condemnation ends by itself, because the sweep must have died: milliseconds since 1970. */
  untilMs: number;
  /** The first 16 digits of the hashes in the keys of the segments. */
  condemned: string[];
}

/** The state of a database at one version: an immutable JSON object. */
export interface Manifest {
  format: 'vector-db-manifest';
  formatVersion: 1;
  version: string;
  /** Key of the manifest that this one replaced; null for the first. */
  previous: string | null;
  /** The first 16 digits of the hashes of the manifests before, newest first: tells a writer whether it was one of them. */
  ancestors?: string[];
  /** The writes that it finished: equal changes of two writers are two manifests. Absent when there are none. */
  writes?: string[];
  sweep?: SweepState;
  segments: SegmentEntry[];
  /** Ascending by name. */
  fields: ManifestField[];
  vectorCount: number;
  /** Files with at least one live row. */
  fileCount: number;
  storageBytes: number;
}

/** What a manifest says about the data; the rest says how it came to be. */
export type ManifestContent = Omit<Manifest, 'version' | 'previous' | 'ancestors' | 'writes'>;

/** Makes the manifest of a database without a commit. */
export function emptyManifest(version: string): Manifest {
  return {
    format: 'vector-db-manifest',
    formatVersion: 1,
    version,
    previous: null,
    segments: [],
    fields: [],
    vectorCount: 0,
    fileCount: 0,
    storageBytes: 0,
  };
}

/** Returns the type of every registered field. */
export function fieldTypes(manifest: Manifest): Record<string, FieldType> {
  return Object.fromEntries(manifest.fields.map(({ name, type }) => [name, type]));
}

/** Returns the version after `version`: 12 digits, so that versions compare as strings. */
export function nextVersion(version: string): string {
  return String(Number(version) + 1).padStart(12, '0');
}

/** Returns the first 16 digits of the hash that names an object: enough to tell it from others, and a quarter of the bytes. */
export function shortHash(key: string): string {
  return /([0-9a-f]{16})[0-9a-f]{48}\.[a-z]+$/.exec(key)?.[1] ?? key;
}
