import type { QueryListDatabasesArgs } from '../../schema/generated/types.ts';
import type { Caller } from './authorize.ts';
import type { FieldContext } from './field-context.ts';
import type { DatabaseItem } from './items.ts';

/** What the steps of listDatabases tell each other. */
export interface ListDatabasesStash {
  caller: Caller;
  limit: number;
  /** The ids that were looked at, in order. */
  ids: string[];
  /** Whether there are ids behind those. */
  hasMore: boolean;
  databases: DatabaseItem[];
}

/** The context of a step of listDatabases. */
export type ListDatabasesContext<Result = unknown> = FieldContext<
  QueryListDatabasesArgs,
  ListDatabasesStash,
  Result
>;
