import type { ApiKey, QueryListApiKeysArgs } from '../../schema/generated/types.ts';
import type { FieldContext } from './field-context.ts';

/** What the steps of listApiKeys tell each other. */
export interface ListApiKeysStash {
  limit: number;
  ids: string[];
  nextToken: string | null;
  keys: ApiKey[];
}

/** The context of a step of listApiKeys. */
export type ListApiKeysContext<Result = unknown> = FieldContext<
  QueryListApiKeysArgs,
  ListApiKeysStash,
  Result
>;
