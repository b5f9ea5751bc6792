import type { EventRecord } from './types.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as S3 answers it: base64, for a composite one with `-<parts>` behind. */
export interface Checksum {
  algorithm: ChecksumAlgorithm;
  type: ChecksumType;
  value: string;
}

/** A stretch of an object's bytes: a whole file of the blob folder. */
export interface BlobReference {
  blob: string;
  size: number;
}

/** One version of an object, or a delete marker. */
export interface Version {
  /** Grows with every change of the store. */
  sequence: number;
  /** `null` where the bucket was not versioned. */
  versionId: string;
  modifiedMs: number;
  isDeleteMarker: boolean;
  size: number;
  /** Without quotes. */
  etag: string;
  blobs: BlobReference[];
  /** Of an object that came in parts. */
  partSizes?: number[];
  /** Content-Type and its like, by lower-case name. */
  headers: Record<string, string>;
  /** User metadata, without `x-amz-meta-`. */
  metadata: Record<string, string>;
  checksum: Checksum | null;
}

/** A multipart upload that was begun and neither completed nor aborted. */
export interface Upload {
  id: string;
  bucket: string;
  key: string;
  initiatedMs: number;
  headers: Record<string, string>;
  metadata: Record<string, string>;
  checksum: { algorithm: ChecksumAlgorithm; type: ChecksumType } | null;
}

export interface Part {
  number: number;
  size: number;
  etag: string;
  modifiedMs: number;
  blobs: BlobReference[];
  checksum: Checksum | null;
}

/** An event that was recorded with its object and has not been delivered yet. */
export interface PendingEvent {
  id: string;
  ruleId: string;
  bucket: string;
  record: EventRecord;
}

/** One line of the journal: the only way in which state changes. */
export type JournalRecord =
  | { type: 'put'; bucket: string; key: string; version: Version; uploadId?: string; events: PendingEvent[] }
  | {
      type: 'delete';
      bucket: string;
      key: string;
      versionId: string;
      sequence: number;
      events: PendingEvent[];
    }
  | { type: 'begin'; upload: Upload }
  | { type: 'part'; uploadId: string; part: Part }
  | { type: 'abort'; uploadId: string }
  | { type: 'delivered'; eventId: string }
  /** An event whose object may have been replaced since: only a rewritten journal has it on a line of its own. */
  | { type: 'pending'; event: PendingEvent }
  /** The largest sequence number handed out, so that it never goes back. */
  | { type: 'sequence'; value: number };
