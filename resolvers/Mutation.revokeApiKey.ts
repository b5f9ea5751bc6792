import { util, type Context, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import { 'Mutation.revokeApiKey' as rules } from '../schema/constraints.json';
import { toApiKey } from './shared/api-key.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { fail, failDataSource } from './shared/fail.ts';

/** Revokes a key for good; revoking it again changes nothing. The authorizer's cache lets it live 30 s longer. */
export function request(ctx: Context): DynamoDBUpdateItemRequest {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues({ pk: ctx.args.id }) as any,
    update: {
      expression: 'SET #revokedAt = if_not_exists(#revokedAt, :now), #status = :revoked',
      expressionNames: { '#revokedAt': 'revokedAt', '#status': 'status' },
      expressionValues: util.dynamodb.toMapValues({
        ':now': util.time.nowISO8601(),
        ':revoked': 'REVOKED',
      }) as any,
    },
    condition: { expression: 'attribute_exists(#pk)', expressionNames: { '#pk': 'pk' } },
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error?.type === 'DynamoDB:ConditionalCheckFailedException') {
    fail(ctx, 'NOT_FOUND', `There is no key "${ctx.args.id.slice(0, 64)}".`, {
      field: 'id',
      actual: ctx.args.id.slice(0, 64),
    });
  }
  if (ctx.error) failDataSource(ctx);
  return toApiKey(ctx.result);
}
