import type { MutationRevokeApiKeyArgs } from '../../schema/generated/types.ts';
import type { FieldContext } from './field-context.ts';
import type { ApiKeyItem } from './items.ts';

/** The context of a step of revokeApiKey. */
export type RevokeApiKeyContext<Result = unknown> = FieldContext<
  MutationRevokeApiKeyArgs,
  { key: ApiKeyItem },
  Result
>;
