import type { BlobReference, JournalRecord, Part, PendingEvent, Upload, Version } from './record.ts';
import { SortedKeys } from './sorted-keys.ts';

/** The versions of one bucket's keys, newest first, and the keys in order. */
export interface BucketIndex {
  keys: SortedKeys;
  versions: Map<string, Version[]>;
}

export interface OpenUpload {
  upload: Upload;
  parts: Map<number, Part>;
}

/** Everything the journal says, in memory. It changes by `apply` alone, so that replaying the journal rebuilds it. */
export class ObjectState {
  readonly uploads = new Map<string, OpenUpload>();
  readonly pendingEvents = new Map<string, PendingEvent>();
  readonly #buckets = new Map<string, BucketIndex>();
  /** How many objects, versions and parts a blob is part of. */
  readonly #uses = new Map<string, number>();
  #sequence = 0;

  get sequence(): number {
    return this.#sequence;
  }

  bucket(name: string): BucketIndex {
    let index = this.#buckets.get(name);
    if (!index) {
      index = { keys: new SortedKeys(), versions: new Map() };
      this.#buckets.set(name, index);
    }
    return index;
  }

  /** Returns the current version, which may be a delete marker. */
  current(bucket: string, key: string): Version | undefined {
    return this.bucket(bucket).versions.get(key)?.[0];
  }

  version(bucket: string, key: string, versionId: string): Version | undefined {
    return this.bucket(bucket)
      .versions.get(key)
      ?.find((version) => version.versionId === versionId);
  }

  isBlobUsed(blob: string): boolean {
    return this.#uses.has(blob);
  }

  /** Returns the size of every blob in use. */
  blobSizes(): Map<string, number> {
    const sizes = new Map<string, number>();
    const note = (blobs: BlobReference[]): void => {
      blobs.forEach(({ blob, size }) => sizes.set(blob, size));
    };
    for (const { versions } of this.#buckets.values()) {
      for (const list of versions.values())
        list.forEach((version) => {
          note(version.blobs);
        });
    }
    for (const { parts } of this.uploads.values())
      parts.forEach((part) => {
        note(part.blobs);
      });
    return sizes;
  }

  /** Applies one record and returns the blobs that nothing uses any more. */
  apply(record: JournalRecord): string[] {
    const released: BlobReference[] = [];
    if (record.type === 'put') this.#put(record, released);
    else if (record.type === 'delete') this.#delete(record, released);
    else if (record.type === 'begin')
      this.uploads.set(record.upload.id, { upload: record.upload, parts: new Map() });
    else if (record.type === 'part') this.#part(record, released);
    else if (record.type === 'abort') this.#closeUpload(record.uploadId, released);
    else if (record.type === 'delivered') this.pendingEvents.delete(record.eventId);
    else if (record.type === 'pending') this.#remember([record.event]);
    else this.#advance(record.value);
    return this.#release(released);
  }

  /** Goes through the records that rebuild this state, oldest version first. */
  *snapshot(): Generator<JournalRecord> {
    yield { type: 'sequence', value: this.#sequence };
    for (const [bucket, { keys, versions }] of this.#buckets) {
      for (const key of keys.from(() => false)) {
        for (const version of (versions.get(key) ?? []).toReversed()) {
          yield { type: 'put', bucket, key, version, events: [] };
        }
      }
    }
    for (const { upload, parts } of this.uploads.values()) {
      yield { type: 'begin', upload };
      for (const part of parts.values()) yield { type: 'part', uploadId: upload.id, part };
    }
    for (const event of this.pendingEvents.values()) yield { type: 'pending', event };
  }

  #put(record: JournalRecord & { type: 'put' }, released: BlobReference[]): void {
    const { bucket, key, version } = record;
    const index = this.bucket(bucket);
    const versions = index.versions.get(key) ?? [];
    const replaced = versions.findIndex((other) => other.versionId === version.versionId);
    this.#use(version.blobs);
    if (replaced >= 0) versions.splice(replaced, 1).forEach((old) => released.push(...old.blobs));
    versions.unshift(version);
    index.versions.set(key, versions);
    index.keys.add(key);
    this.#advance(version.sequence);
    if (record.uploadId !== undefined) this.#closeUpload(record.uploadId, released);
    this.#remember(record.events);
  }

  #delete(record: JournalRecord & { type: 'delete' }, released: BlobReference[]): void {
    const index = this.bucket(record.bucket);
    const versions = index.versions.get(record.key) ?? [];
    const found = versions.findIndex((version) => version.versionId === record.versionId);
    if (found >= 0) versions.splice(found, 1).forEach((old) => released.push(...old.blobs));
    if (versions.length === 0) {
      index.versions.delete(record.key);
      index.keys.delete(record.key);
    }
    this.#advance(record.sequence);
    this.#remember(record.events);
  }

  #part({ uploadId, part }: JournalRecord & { type: 'part' }, released: BlobReference[]): void {
    const open = this.uploads.get(uploadId);
    this.#use(part.blobs);
    const replaced = open ? open.parts.get(part.number) : part;
    if (replaced) released.push(...replaced.blobs);
    open?.parts.set(part.number, part);
  }

  #closeUpload(uploadId: string, released: BlobReference[]): void {
    const open = this.uploads.get(uploadId);
    for (const part of open?.parts.values() ?? []) released.push(...part.blobs);
    this.uploads.delete(uploadId);
  }

  #remember(events: readonly PendingEvent[]): void {
    for (const event of events) this.pendingEvents.set(event.id, event);
  }

  #advance(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  #use(blobs: readonly BlobReference[]): void {
    for (const { blob } of blobs) this.#uses.set(blob, (this.#uses.get(blob) ?? 0) + 1);
  }

  #release(blobs: readonly BlobReference[]): string[] {
    const unused: string[] = [];
    for (const { blob } of blobs) {
      const left = (this.#uses.get(blob) ?? 1) - 1;
      if (left > 0) this.#uses.set(blob, left);
      else {
        this.#uses.delete(blob);
        unused.push(blob);
      }
    }
    return unused;
  }
}
