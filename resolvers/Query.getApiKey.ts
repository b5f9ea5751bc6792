import { util, type Context, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getApiKey' as rules } from '../schema/constraints.json';
import { toApiKey } from './shared/api-key.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { failDataSource } from './shared/fail.ts';

/** Reads one key, without its hashes; null when it does not exist. */
export function request(ctx: Context): DynamoDBGetItemRequest {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues({ pk: ctx.args.id }) as any,
    consistentRead: true,
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  return ctx.result ? toApiKey(ctx.result) : null;
}
