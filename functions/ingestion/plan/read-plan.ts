import type { Metadata } from '../../../engine/api.ts';
import { chunkSections } from '../chunk/chunk-sections.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { decideFields, type FieldTypes } from '../metadata/decide-fields.ts';
import { FieldCensus } from '../metadata/field-census.ts';
import type { EmbeddingChoice } from '../../embedding/embedding-provider.ts';
import type { Chunk } from '../chunk/chunk.ts';
import { digestText, embeddedText } from '../embeddings/embedded-text.ts';
import type { KnownEmbeddings } from '../embeddings/known-embeddings.ts';
import { parseFile } from '../parse/parse-file.ts';
import { sniffFormat } from '../sniff/sniff-format.ts';
import type { DeclaredUpload, IngestionPlan } from '../state/ingestion-item.ts';
import type { UploadedFile } from '../storage/uploaded-file.ts';
import { type PlannedChunk, type PutPart, stageChunks } from './stage-chunks.ts';

/** What the plan of a file is made with. */
export interface PlanSource {
  file: UploadedFile;
  upload: DeclaredUpload;
  /** The metadata fields that the database knows. */
  registered: FieldTypes;
  dimension: number;
  /** Null when the callers of the database bring the vectors. */
  embedding: EmbeddingChoice | null;
  /** The vectors of earlier versions and attempts; null when none are kept. */
  known: KnownEmbeddings | null;
}

export interface PlanSink {
  putPart: PutPart;
  /** Hears of every chunk; it may throw to end the work. */
  onChunk(chunks: number): Promise<void>;
}

async function checkDigest({ file, upload }: PlanSource): Promise<string> {
  const digest = await file.readDigest();
  if (upload.sha256 === null || upload.sha256 === digest) return digest;
  const message = `The bytes that arrived have the SHA-256 ${digest}; declared was ${upload.sha256}. Upload the file again.`;
  throw new IngestionFailure('VALIDATION', message);
}

function checkVector({ length }: Float32Array, number: number, dimension: number): void {
  if (length === dimension) return;
  const message = `A record brings a vector of ${length} values; the database has dimension ${dimension}.`;
  throw new IngestionFailure('DIMENSION_MISMATCH', message, { location: `chunk ${number}` });
}

/** Makes sure that every chunk gets a vector, and says where the ones are that need no embedding. */
async function* findVectors(
  chunks: AsyncIterable<Chunk>,
  { dimension, embedding, known }: PlanSource,
): AsyncGenerator<PlannedChunk> {
  let number = 0;
  for await (const chunk of chunks) {
    number++;
    if (chunk.vector) checkVector(chunk.vector, number, dimension);
    else if (!embedding) {
      const message = 'The database has no embedding, so every record of a file must bring its vector.';
      throw new IngestionFailure('VALIDATION', message, { location: `chunk ${number}` });
    } else if (known) {
      yield { ...chunk, place: known.find(digestText(embedding, embeddedText(chunk))) };
      continue;
    }
    yield chunk;
  }
}

/** Parses an upload, cuts it into chunks and stages them; returns what the parts need to know. */
export async function readPlan(source: PlanSource, sink: PlanSink): Promise<IngestionPlan> {
  const { file, upload, registered } = source;
  if (upload.sha256 !== null) await checkDigest(source);
  const sniffed = sniffFormat(file.name, upload.contentType, await file.readSample());
  const { sections, hasUntypedValues, notes, contentType } = await parseFile(file, sniffed);
  const census = new FieldCensus(hasUntypedValues);
  const chunks = chunkSections(sections, upload.chunking, (section) => {
    census.observe(section.values);
  });
  const planned = findVectors(chunks, source);
  const { chunksOfPart } = await stageChunks(planned, sink.putPart, (count) => sink.onChunk(count));
  if (chunksOfPart.length === 0) {
    throw new IngestionFailure('VALIDATION', `The file "${file.name}" has no text that could be searched.`);
  }
  const sha256 = await checkDigest(source);
  const fileMetadata = upload.metadata === null ? {} : (JSON.parse(upload.metadata) as Metadata);
  const { types, notes: fieldNotes } = decideFields(census, registered, fileMetadata);
  return {
    parts: chunksOfPart.length,
    chunks: chunksOfPart.reduce((sum, count) => sum + count, 0),
    chunksOfPart,
    sha256,
    contentType: contentType ?? sniffed.contentType,
    fieldTypes: types,
    hasUntypedValues,
    notes: [...notes, ...fieldNotes],
  };
}
