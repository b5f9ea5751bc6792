/** The engine's public types: what a caller passes in, and what it gets back. */

export type Metric = 'COSINE' | 'DOT_PRODUCT' | 'EUCLIDEAN';
export type MetadataValue = string | number | boolean | string[];
export type Metadata = Record<string, MetadataValue>;
export type FieldType = 'STRING' | 'NUMBER' | 'BOOLEAN' | 'STRING_LIST';

/** An object to put, in parts. `parts` may be called again, and then gives the same bytes. */
export interface ObjectParts {
  sizeBytes: number;
  parts(): Iterable<Uint8Array>;
}

/** Reads and writes immutable objects. `get` and `size` fail with NotFound; `put` of an existing key with the same bytes is fine, and makes the object young again. */
export interface ObjectStore {
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array>;
  /** Returns the last `length` bytes (fewer when the object is smaller) and the object's size. */
  getTail(key: string, length: number): Promise<{ bytes: Uint8Array; sizeBytes: number }>;
  put(key: string, bytes: Uint8Array | ObjectParts): Promise<void>;
  delete(keys: string[]): Promise<void>;
  list(prefix: string): AsyncIterable<{ key: string; sizeBytes: number; modifiedAtMs: number }>;
}

/** What the database item holds of the manifest. `manifest` is null before the first commit. */
export interface Pointer {
  manifest: string | null;
  version: string;
}

/** The attributes that one commit sets together with the manifest. */
export interface PointerUpdate {
  manifest: string;
  version: string;
  vectorCount: number;
  fileCount: number;
  storageBytes: number;
  metadataFields: { name: string; type: FieldType; distinct: number | null }[];
  /** Removed from the writes in flight by the same update. */
  finishedWrites: string[];
}

/** The only mutable state of a database: read consistently, moved by compare-and-set. */
export interface PointerStore {
  /** Fails with NotFound when the database does not exist or is being deleted. */
  read(): Promise<Pointer>;
  /** Returns false when `manifest` is no longer `expected`. */
  compareAndSet(expected: string | null, next: PointerUpdate): Promise<boolean>;
}

/** One vector to store. `address` is opaque to the engine: a search answers it with the hit. */
export interface Row {
  id: string;
  address: string;
  fileId: string | null;
  fileVersion: number;
  values: Float32Array;
  /** Indexed for keyword search; not stored as text. */
  text: string | null;
  metadata: Metadata;
}

export interface StoredRow {
  id: string;
  address: string;
  fileId: string | null;
  fileVersion: number;
  values: Float32Array;
  metadata: Metadata;
}

/** A segment object that was put, and that a commit may add. Plain JSON: it may travel through a queue or a table. */
export interface SegmentReference {
  key: string;
  rows: number;
  sizeBytes: number;
  fields: Record<string, FieldType>;
}

export interface Change {
  /** A row of an added segment replaces every live row with its id. */
  add: SegmentReference[];
  removeIds: string[];
  /** Removes the rows of a file whose version is below `beforeVersion`; Infinity removes all. Conflict when rows of a newer version are live. */
  removeFiles: { fileId: string; beforeVersion: number }[];
  finishedWrites: string[];
}

export interface Commit {
  version: string;
  vectorCount: number;
  /** Live rows that this commit removed or replaced: their records may go after the grace time. */
  removed: { id: string; address: string; fileId: string | null }[];
  /** True when small segments have piled up and `compact` is worth calling. */
  wantsCompaction: boolean;
}

/** The filter in the shape of `MetadataFilter` of the schema (either spelling is translated to it before). */
export interface Filter {
  and?: Filter[] | null;
  or?: Filter[] | null;
  not?: Filter | null;
  field?: string | null;
  string?: { [operator: string]: string | string[] | null | undefined } | null;
  number?: { [operator: string]: number | number[] | null | undefined } | null;
  boolean?: { [operator: string]: boolean | null | undefined } | null;
  list?: { [operator: string]: string | string[] | null | undefined } | null;
  /** A condition whose kind follows the field's type; only `parseFilterJson` makes it. */
  value?: { [operator: string]: string | number | boolean | string[] | number[] } | null;
  exists?: boolean | null;
}

export interface SearchQuery {
  mode: 'VECTOR' | 'KEYWORD' | 'HYBRID';
  values: Float32Array | null;
  text: string | null;
  topK: number;
  fusion: { method: 'RRF' | 'WEIGHTED'; k: number; vectorWeight: number };
  filter: Filter | null;
  fileIds: string[] | null;
  minScore: number | null;
  exact: boolean;
  /** 0..1, recall against latency. Flat segments ignore it. */
  effort: number;
  /** Fails with Unavailable (retryable) when the newest version is below. */
  minVersion: string | null;
  explain: boolean;
  /** Ids left out, for `likeVectorId`. */
  excludeIds: string[];
}

export interface SearchHit {
  id: string;
  address: string;
  fileId: string | null;
  score: number;
  /** The metric's raw value; null for a hit of keyword search alone. */
  distance: number | null;
  stages: { stage: string; rank: number | null; score: number | null; detail: string | null }[] | null;
}

export interface SearchAnswer {
  hits: SearchHit[];
  version: string;
  stats: {
    cold: boolean;
    exact: boolean;
    segments: number;
    candidates: number;
    matchedFilter: number | null;
    bytesFetched: number;
  };
}

export interface DatabaseConfig {
  dimension: number;
  metric: Metric;
  /** Key prefix of this database and generation, ending in `/`. */
  prefix: string;
}

/** One database and generation. Every method reads the pointer consistently first. */
export interface VectorDatabase {
  /** Validates the rows (InvalidInput names the row and field) and puts them as one immutable segment. Not visible until committed. */
  writeSegment(rows: Row[]): Promise<SegmentReference>;
  /** Makes a change visible at once and for all readers; calls that overlap share a version. Fails with InvalidInput when a metadata field has another type by now. */
  commit(change: Change): Promise<Commit>;
  search(query: SearchQuery): Promise<SearchAnswer>;
  /** Returns the live rows among `ids`. */
  readRows(ids: string[]): Promise<StoredRow[]>;
  /** Returns the ids of live rows that match; at most `limit`, else LimitExceeded. */
  findIds(filter: Filter, limit: number): Promise<string[]>;
  /** Returns the registered metadata fields of the newest version. */
  metadataFields(): Promise<Record<string, FieldType>>;
  /** Merges what the tiers ask for in one or more commits; returns the number of segments that were merged away. */
  compact(): Promise<number>;
  /** Deletes old objects that nothing needs; returns their keys. Half of `graceMs` must exceed the longest time from writing a segment to its commit, and the longest read. */
  sweepOrphans(graceMs: number): Promise<string[]>;
}
