import { util, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import { UpdateDatabaseInput as rules } from '../schema/constraints.json';
import type { MutationUpdateDatabaseArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { fail, failDataSource, failUnknownDatabase, isConditionFailure } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';
import type { DatabaseItem } from './shared/items.ts';
import { databaseKey } from './shared/table-requests.ts';
import { setAttributes } from './shared/update-request.ts';

type UpdateContext = FieldContext<MutationUpdateDatabaseArgs, unknown, DatabaseItem>;

/** Changes the name or the description of a database; a description of null is removed. */
export function request(ctx: UpdateContext): DynamoDBUpdateItemRequest {
  const { input } = ctx.args;
  authorizeDatabase(ctx, 'MANAGE', input.id, 'input.id');
  checkFields(ctx, rules, input, 'input.');
  if (input.name === null) {
    const hint = 'Leave name out to keep it.';
    fail(ctx, 'VALIDATION', 'input.name is null; a database always has a name.', {
      field: 'input.name',
      hint,
    });
  }
  const changes: Record<string, unknown> = { updatedAt: util.time.nowISO8601() };
  if (input.name !== undefined) changes['name'] = input.name.trim();
  if (input.description !== undefined) changes['description'] = input.description;
  return setAttributes(databaseKey(input.id), changes, {
    expression: 'attribute_exists(#pk) AND #status <> :deleting',
    names: { '#pk': 'pk', '#status': 'status' },
    values: { ':deleting': 'DELETING' },
  });
}

export function response(ctx: UpdateContext): DatabaseItem {
  if (isConditionFailure(ctx)) failUnknownDatabase(ctx, ctx.args.input.id, 'input.id');
  if (ctx.error) failDataSource(ctx);
  return ctx.result;
}
