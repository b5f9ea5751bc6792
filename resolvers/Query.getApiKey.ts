import type { DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getApiKey' as rules } from '../schema/constraints.json';
import type { ApiKey, QueryGetApiKeyArgs } from '../schema/generated/types.ts';
import { toApiKey } from './shared/api-key.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { failDataSource } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';
import type { ApiKeyItem } from './shared/items.ts';
import { getItem } from './shared/table-requests.ts';

type GetContext = FieldContext<QueryGetApiKeyArgs, unknown, ApiKeyItem | null>;

/** Reads one key, without its hashes; null when it does not exist. */
export function request(ctx: GetContext): DynamoDBGetItemRequest {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  return getItem({ pk: ctx.args.id });
}

export function response(ctx: GetContext): ApiKey | null {
  if (ctx.error) failDataSource(ctx);
  return ctx.result ? toApiKey(ctx.result) : null;
}
