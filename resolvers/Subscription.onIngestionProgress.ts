import { 'Subscription.onIngestionProgress' as rules } from '../schema/constraints.json';
import type { SubscriptionOnIngestionProgressArgs } from '../schema/generated/types.ts';
import { authorizeDatabase, type Caller } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { fail } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';

type FollowContext = FieldContext<SubscriptionOnIngestionProgressArgs, { caller: Caller }>;

/** Lets a caller follow a database that exists and that it may know of; the arguments filter by themselves. */
export function request(ctx: FollowContext): Record<string, unknown> {
  ctx.stash.caller = authorizeDatabase(ctx, 'READ', ctx.args.databaseId, 'databaseId');
  checkFields(ctx, rules, ctx.args, '');
  if (ctx.args.fileId === null) {
    const message = 'fileId is null, which no report matches; leave it out to follow every file.';
    fail(ctx, 'VALIDATION', message, { field: 'fileId', hint: 'Leave fileId out.' });
  }
  return {};
}

export function response(): null {
  return null;
}
