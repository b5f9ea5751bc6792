import type { FieldType } from '../api.ts';
import type { DistinctSketch } from '../index/distinct-sketch.ts';

/** One segment of a manifest. */
export interface SegmentEntry {
  key: string;
  rows: number;
  /** Rows that are not tombstoned. */
  live: number;
  sizeBytes: number;
  /** The tombstoned rows, encoded; null when every row is live. */
  tombstones: string | null;
}

/** A metadata field that some row has, or had. */
export interface ManifestField {
  name: string;
  type: FieldType;
  sketch: DistinctSketch;
}

/** The state of a database at one version: an immutable JSON object. */
export interface Manifest {
  format: 'vector-db-manifest';
  formatVersion: 1;
  version: string;
  /** Key of the manifest that this one replaced; null for the first. */
  previous: string | null;
  segments: SegmentEntry[];
  /** Ascending by name. */
  fields: ManifestField[];
  vectorCount: number;
  /** Files with at least one live row. */
  fileCount: number;
  storageBytes: number;
}

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
