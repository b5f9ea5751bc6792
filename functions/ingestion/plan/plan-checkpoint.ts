import type { FieldCounts } from '../metadata/field-census.ts';
import type { ResumePoint } from '../parse/resume-point.ts';
import type { RejectedState } from '../rejected-records.ts';
import { type FileBucket, putTextObject, readTextObject } from '../storage/file-objects.ts';
import { checkpointKey, type FileVersion } from '../storage/object-keys.ts';
import type { StagedChunks } from './stage-chunks.ts';

/** A plan that is not finished, with all that goes on with it. It depends on the file alone, not on when it was left. */
export interface PlanCheckpoint {
  place: ResumePoint;
  /** Where the next section begins in the extracted text. */
  base: number;
  census: [string, FieldCounts][];
  staged: StagedChunks;
  /** The chunks that came, and those of them that do not fit the database; absent in checkpoints from before these were left out. */
  fit?: { chunks: number; rejected: RejectedState };
  /** Of all bytes of the file, when they were read to the end before. */
  sha256: string | null;
}

/** Keeps a checkpoint among the staged parts, under its place in the file. */
export async function putCheckpoint(
  bucket: FileBucket,
  of: FileVersion,
  checkpoint: PlanCheckpoint,
): Promise<void> {
  await putTextObject(bucket, checkpointKey(of, checkpoint.place.byteOffset), JSON.stringify(checkpoint));
}

/** Reads the checkpoint of a place in the file. */
export async function readCheckpoint(
  bucket: FileBucket,
  of: FileVersion,
  byteOffset: number,
): Promise<PlanCheckpoint> {
  const text = await readTextObject(bucket, checkpointKey(of, byteOffset));
  if (text === null) throw new Error(`The checkpoint of byte ${byteOffset} is not there.`);
  return JSON.parse(text) as PlanCheckpoint;
}
