import type { QueryGetVectorArgs } from '../../schema/generated/types.ts';
import type { FieldContext } from './field-context.ts';
import type { DatabaseItem, FileItem, RecordItem } from './items.ts';

/** What the steps of getVector tell each other. */
export interface GetVectorStash {
  /** What a chunk's id says; null for a vector of its own. */
  chunk: { fileId: string; fileVersion: number; chunkIndex: number } | null;
  database: DatabaseItem | null;
  file: FileItem | null;
  record: RecordItem | null;
}

/** The context of a step of getVector. */
export type GetVectorContext<Result = unknown> = FieldContext<QueryGetVectorArgs, GetVectorStash, Result>;
