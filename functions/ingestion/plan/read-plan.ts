import type { Metadata } from '../../../engine/api.ts';
import { type ChunkProgress, chunkSections } from '../chunk/chunk-sections.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { describeLeftOut, describeNotes } from '../left-out.ts';
import { decideFields, type FieldTypes } from '../metadata/decide-fields.ts';
import { FieldCensus } from '../metadata/field-census.ts';
import type { EmbeddingChoice } from '../../embedding/embedding-provider.ts';
import type { Chunk } from '../chunk/chunk.ts';
import { digestText, embeddedText } from '../embeddings/embedded-text.ts';
import { isWorthKeeping, type KnownEmbeddings } from '../embeddings/known-embeddings.ts';
import type { Deadline } from '../parse/isolate/deadline.ts';
import { parseFile } from '../parse/parse-file.ts';
import type { ResumePoint } from '../parse/resume-point.ts';
import type { ParsedFile } from '../parse/section.ts';
import { RejectedRecords } from '../rejected-records.ts';
import { sniffFormat } from '../sniff/sniff-format.ts';
import type { DeclaredUpload, IngestionPlan } from '../state/ingestion-item.ts';
import type { HashedFile } from '../storage/uploaded-file.ts';
import type { PlanCheckpoint } from './plan-checkpoint.ts';
import { type PartSize, SIZE_WITH_CALLS, SIZE_WITHOUT_CALLS } from './part-size.ts';
import { type PlannedChunk, type StagedChunks, type StagingSink, stageChunks } from './stage-chunks.ts';

/** What the plan of a file is made with. */
export interface PlanSource {
  file: HashedFile;
  upload: Pick<DeclaredUpload, 'contentType' | 'sha256' | 'metadata' | 'chunking'>;
  /** The metadata fields that the database knows. */
  registered: FieldTypes;
  dimension: number;
  /** Null when the callers of the database bring the vectors. */
  embedding: EmbeddingChoice | null;
  /** The vectors of earlier versions and attempts; null when none are kept. */
  known: KnownEmbeddings | null;
  /** Ends parsing that somebody waits for; the sink's `onChunk` ends the rest. */
  deadline?: Deadline;
}

export interface PlanSink extends Omit<StagingSink, 'partSize'> {
  /** Asked wherever the file could be read on in another run. */
  wantsPause: () => boolean;
}

async function checkDigest({ file, upload }: PlanSource): Promise<string> {
  const digest = await file.readDigest();
  if (upload.sha256 === null || upload.sha256 === digest) return digest;
  const message = `The bytes that arrived have the SHA-256 ${digest}; declared was ${upload.sha256}. Upload the file again.`;
  throw new IngestionFailure('VALIDATION', message);
}

/** What is known of how chunks fit the database. */
interface Fit {
  chunks: number;
  rejected: RejectedRecords;
}

/** Returns why a chunk cannot be stored in the database; null when it can. */
function findMisfit(
  { vector }: Chunk,
  number: number,
  { dimension, embedding }: PlanSource,
): IngestionFailure | null {
  const place = { location: `chunk ${number}` };
  if (vector && vector.length !== dimension) {
    const message = `The record of chunk ${number} brings a vector of ${vector.length} values; the database has dimension ${dimension}.`;
    return new IngestionFailure('DIMENSION_MISMATCH', message, place);
  }
  if (vector || embedding) return null;
  const message = `The database has no embedding, so every record of a file must bring its vector; that of chunk ${number} does not.`;
  return new IngestionFailure('VALIDATION', message, place);
}

/** Leaves out the few chunks that cannot get a vector of the database, and says where the vectors are that need no embedding. */
async function* findVectors(
  chunks: AsyncIterable<Chunk>,
  source: PlanSource,
  fit: Fit,
): AsyncGenerator<PlannedChunk> {
  const { embedding, known } = source;
  for await (const chunk of chunks) {
    const misfit = findMisfit(chunk, ++fit.chunks, source);
    if (misfit) fit.rejected.add(misfit);
    else if (chunk.vector || !embedding || !known) yield chunk;
    else yield { ...chunk, place: known.find(digestText(embedding, embeddedText(chunk))) };
  }
}

/** The size of parts depends on the database alone: every run of a plan ends them at the same chunks. */
function partSizeOf({ embedding }: PlanSource): PartSize {
  return embedding !== null && isWorthKeeping(embedding) ? SIZE_WITH_CALLS : SIZE_WITHOUT_CALLS;
}

/** A plan that is whole, or what goes on with it in another run. */
export type PlanOutcome = { plan: IngestionPlan } | { checkpoint: PlanCheckpoint };

/** Ends the reading of a file at a place from which it can be read on. */
class Paused extends Error {
  readonly place: ResumePoint;

  constructor(place: ResumePoint) {
    super('The plan is continued in another run.');
    this.place = place;
  }
}

/** All that planning has gathered at a place of the file. */
interface Gathered {
  progress: ChunkProgress;
  census: FieldCensus;
  staged: StagedChunks;
  fit: Fit;
  sha256: string | null;
}

function toCheckpoint(place: ResumePoint, gathered: Gathered): PlanCheckpoint {
  const { progress, census, staged, sha256 } = gathered;
  const fit = { chunks: gathered.fit.chunks, rejected: gathered.fit.rejected.state };
  return { place, base: progress.base, census: [...census.counts], staged, fit, sha256 };
}

function gather(before: PlanCheckpoint | null, hasUntypedValues: boolean, sha256: string | null): Gathered {
  const census = new FieldCensus(hasUntypedValues, before?.census);
  const progress: ChunkProgress = {
    base: before?.base ?? 0,
    observe: ({ values }) => {
      census.observe(values);
    },
  };
  const fit = { chunks: before?.fit?.chunks ?? 0, rejected: new RejectedRecords(before?.fit?.rejected) };
  return { progress, census, staged: before?.staged ?? { chunksOfPart: [], lines: [] }, fit, sha256 };
}

/** A run that begins within the file does not see all its bytes: they are read once more for their digest, before there is less time. */
async function findDigest(source: PlanSource, before: PlanCheckpoint | null): Promise<string | null> {
  if (before) return before.sha256 ?? (await source.file.readDigest());
  return source.upload.sha256 === null ? null : await checkDigest(source);
}

function describePlan(
  { upload, registered }: PlanSource,
  { census, staged: { chunksOfPart }, fit }: Gathered,
  { hasUntypedValues, notes: parserNotes }: Pick<ParsedFile, 'hasUntypedValues' | 'notes'>,
): Omit<IngestionPlan, 'sha256' | 'contentType'> {
  const notes = [...parserNotes, ...fit.rejected.settle(fit.chunks)];
  const fileMetadata = upload.metadata === null ? {} : (JSON.parse(upload.metadata) as Metadata);
  const { types, notes: fieldNotes } = decideFields(census, registered, fileMetadata);
  return {
    parts: chunksOfPart.length,
    chunks: chunksOfPart.reduce((sum, count) => sum + count, 0),
    chunksOfPart,
    fieldTypes: types,
    hasUntypedValues,
    notes: [...describeNotes(notes), ...fieldNotes],
    leftOut: describeLeftOut(notes),
  };
}

/**
 * Parses an upload, cuts it into chunks and stages them; returns what the parts need to know. Where the sink has it pause, it returns what
 * another run begins with, which then stages the very same parts as one run would have.
 */
export async function readPlan(
  source: PlanSource,
  sink: PlanSink,
  before: PlanCheckpoint | null = null,
): Promise<PlanOutcome> {
  const { file, upload } = source;
  const sha256 = await findDigest(source, before);
  const sniffed = sniffFormat(file.name, upload.contentType, await file.readSample());
  const resumption = {
    from: before?.place ?? null,
    onPlace: (place: ResumePoint) => {
      if (sink.wantsPause()) throw new Paused(place);
    },
  };
  const parsed = await parseFile(file, sniffed, resumption, source.deadline);
  const gathered = gather(before, parsed.hasUntypedValues, sha256);
  const { staged, fit } = gathered;
  const chunks = chunkSections(parsed.sections, upload.chunking, gathered.progress);
  try {
    await stageChunks(findVectors(chunks, source, fit), staged, { ...sink, partSize: partSizeOf(source) });
  } catch (error) {
    if (error instanceof Paused) return { checkpoint: toCheckpoint(error.place, gathered) };
    throw error;
  }
  const plan = describePlan(source, gathered, parsed);
  if (plan.parts === 0) {
    throw new IngestionFailure('VALIDATION', `The file "${file.name}" has no text that could be searched.`);
  }
  const contentType = parsed.contentType ?? sniffed.contentType;
  const digest = before ? sha256 : await checkDigest(source);
  return { plan: { ...plan, sha256: digest ?? '', contentType } };
}
