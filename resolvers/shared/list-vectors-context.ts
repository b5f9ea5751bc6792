import type { QueryListVectorsArgs } from '../../schema/generated/types.ts';
import type { FieldContext, QueryResult } from './field-context.ts';
import type { DatabaseItem, FileItem, RecordItem } from './items.ts';
import type { VectorPosition } from './vector-position.ts';

/** What the steps of listVectors tell each other. */
export interface ListVectorsStash {
  limit: number;
  position: VectorPosition | null;
  items: RecordItem[];
  /** Where the next page goes on; set by the step that fills the page. */
  next: VectorPosition | null;
  database: DatabaseItem;
  /** The file whose chunks fill the rest of the page. */
  file: FileItem | null;
  hasMoreFiles: boolean;
}

/** The context of a step of listVectors that queries items of one kind. */
export type ListVectorsContext<Item = unknown> = FieldContext<
  QueryListVectorsArgs,
  ListVectorsStash,
  QueryResult<Item>
>;
