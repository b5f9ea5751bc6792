import type { FieldType, SegmentReference } from '../../../engine/api.ts';
import type { FileError } from '../../../schema/generated/types.ts';
import type { ChunkingRules } from '../chunk/chunk.ts';
import { type FileVersion, padVersion } from '../storage/object-keys.ts';

/** All ingestions that are under way, in one partition: what a schedule looks through. */
export const OPEN_INGESTIONS_PARTITION = 'INGESTIONS';

export type IngestionPhase = 'AWAITING_UPLOAD' | 'PLANNING' | 'EMBEDDING' | 'DONE' | 'FAILED';

/** What an upload declared: it belongs to one version, whatever is uploaded later. */
export interface DeclaredUpload {
  name: string;
  contentType: string;
  sizeBytes: number;
  sha256: string | null;
  /** A JSON string. */
  metadata: string | null;
  chunking: ChunkingRules;
  objectKey: string;
  uploadExpiresAt: string;
  /** The id of a multipart upload. */
  uploadId: string | null;
}

/** What planning found, and every part needs to know. */
export interface IngestionPlan {
  parts: number;
  chunks: number;
  /** All parts but the last have the same number of chunks unless their texts were long; so each part's is kept. */
  chunksOfPart: number[];
  sha256: string;
  contentType: string;
  /** The types of the metadata fields that filters can use; other fields stay in the record alone. */
  fieldTypes: Record<string, FieldType>;
  hasUntypedValues: boolean;
  notes: string[];
  /** What the file is without; absent in plans from before it was told. */
  leftOut?: FileError | null;
}

/** The state of one ingestion: one version of one file. */
export interface IngestionItem extends FileVersion {
  pk: string;
  sk: string;
  phase: IngestionPhase;
  upload: DeclaredUpload;
  plan?: IngestionPlan;
  /** How many bytes of the file are planned, when planning goes on in another run; there is a checkpoint of that place. */
  plannedBytes?: number;
  /** When planning ended and embedding began. */
  plannedAt?: string;
  /** The numbers of the parts that are done; a set, so that counting one twice changes nothing. */
  doneParts?: Set<number>;
  /** True once every part has its message. */
  isDispatched?: boolean;
  /** How often planning began: more often than a few times means that it dies before it can say why. */
  attempts: number;
  /** How often a schedule had to drive it again. */
  drives: number;
  /** How many versions were made by themselves of this upload before this one. */
  replans: number;
  createdAt: string;
  updatedAt: string;
}

/** The result of one part. */
export interface PartItem {
  pk: string;
  sk: string;
  part: number;
  chunks: number;
  segment: SegmentReference;
  tokens: number;
  createdAt: string;
}

/** Returns what the sort keys of all ingestions of a file begin with. */
export function ingestionPrefix(fileId: string): string {
  return `INGEST#${fileId}#`;
}

/** Returns the key of an ingestion's item. */
export function ingestionKey({ databaseId, fileId, version }: Omit<FileVersion, 'generation'>): {
  pk: string;
  sk: string;
} {
  return { pk: databaseId, sk: `${ingestionPrefix(fileId)}${padVersion(version)}` };
}

/** Returns what the sort keys of all parts of a version begin with. */
export function partPrefix({ fileId, version }: Pick<FileVersion, 'fileId' | 'version'>): string {
  return `PART#${fileId}#${padVersion(version)}#`;
}

/** Returns the key of a part's item. */
export function partKey(of: FileVersion, part: number): { pk: string; sk: string } {
  return { pk: of.databaseId, sk: `${partPrefix(of)}${padVersion(part)}` };
}

/** Returns the key of the entry that lists an ingestion as under way. */
export function openIngestionKey({ databaseId, fileId, version }: FileVersion): { pk: string; sk: string } {
  return { pk: OPEN_INGESTIONS_PARTITION, sk: `${databaseId}#${fileId}#${padVersion(version)}` };
}
