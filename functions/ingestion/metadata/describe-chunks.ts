import type { Metadata } from '../../../engine/api.ts';
import type { DeclaredUpload, IngestionPlan } from '../state/ingestion-item.ts';
import { buildMetadata, type ChunkMetadata } from './build-metadata.ts';

/** Returns the metadata of one chunk. */
export type DescribeChunk = (chunk: { values: Metadata }) => ChunkMetadata;

/** Returns what gives each chunk of a planned file its metadata. */
export function describeChunks(
  { metadata }: Pick<DeclaredUpload, 'metadata'>,
  { fieldTypes, hasUntypedValues }: Pick<IngestionPlan, 'fieldTypes' | 'hasUntypedValues'>,
): DescribeChunk {
  const fileMetadata = metadata === null ? {} : (JSON.parse(metadata) as Metadata);
  return ({ values }) => buildMetadata(fileMetadata, values, fieldTypes, hasUntypedValues);
}
