import { util, type Context, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import { UpdateDatabaseInput } from '../schema/constraints.json';
import { authorizeDatabase } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { fail, failDataSource, failUnknownDatabase } from './shared/fail.ts';
import { databaseKey } from './shared/table-requests.ts';
import { setAttributes } from './shared/update-request.ts';

/** Changes the name or the description of a database; a description of null is removed. */
export function request(ctx: Context): DynamoDBUpdateItemRequest {
  const input = ctx.args.input;
  authorizeDatabase(ctx, 'MANAGE', input.id, 'input.id');
  checkFields(ctx, UpdateDatabaseInput, input, 'input.');
  if (input.name === null) {
    const hint = 'Leave name out to keep it.';
    fail(ctx, 'VALIDATION', 'input.name is null; a database always has a name.', {
      field: 'input.name',
      hint,
    });
  }
  const changes: Record<string, unknown> = { updatedAt: util.time.nowISO8601() };
  if (input.name !== undefined) changes.name = input.name.trim();
  if (input.description !== undefined) changes.description = input.description;
  return setAttributes(databaseKey(input.id), changes, {
    expression: 'attribute_exists(#pk) AND #status <> :deleting',
    names: { '#pk': 'pk', '#status': 'status' },
    values: { ':deleting': 'DELETING' },
  });
}

export function response(ctx: Context): unknown {
  if (ctx.error?.type === 'DynamoDB:ConditionalCheckFailedException') {
    failUnknownDatabase(ctx, ctx.args.input.id, 'input.id');
  }
  if (ctx.error) failDataSource(ctx);
  return ctx.result;
}
