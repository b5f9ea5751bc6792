import type { MutationCreateDatabaseArgs } from '../../schema/generated/types.ts';
import type { NewDatabase } from './database-settings.ts';
import type { FieldContext } from './field-context.ts';

/** What the steps of createDatabase tell each other. */
export interface CreateDatabaseStash {
  /** Everything that the caller decides, as text: the same text is the same request. */
  settings: string;
  database: NewDatabase;
  /** The key of the token's item; null without a token. */
  tokenKey: { pk: string; sk: string } | null;
  /** Whether an attempt before has stored what it was about to write. */
  isClaimed: boolean;
  /** Whether an attempt before has written everything. */
  isFinished: boolean;
}

/** The context of a step of createDatabase. */
export type CreateDatabaseContext<Result = unknown> = FieldContext<
  MutationCreateDatabaseArgs,
  CreateDatabaseStash,
  Result
>;
