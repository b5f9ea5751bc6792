import type { Context } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { chooseSettings, newDatabase } from './shared/database-settings.ts';
import { fail } from './shared/fail.ts';

/**
 * Creates an empty database: its list entry first, then the item, so that no database is ever missing from the list. With a
 * token the first attempt stores what it is about to write, and a repetition writes and answers the very same.
 */
export function request(ctx: Context): Record<string, unknown> {
  const caller = authorize(ctx, 'MANAGE');
  if (caller.databaseIds !== null) {
    fail(ctx, 'FORBIDDEN', 'A key that is limited to databases cannot create others.', {
      field: 'createDatabase',
      hint: 'Use a key that was generated without databaseIds.',
    });
  }
  const settings = chooseSettings(ctx);
  ctx.stash.settings = JSON.stringify(settings);
  ctx.stash.database = newDatabase(settings);
  const token = ctx.args.input.clientRequestToken;
  if (token) ctx.stash.tokenKey = { pk: 'TOKENS#createDatabase', sk: `${caller.kind}:${caller.id}#${token}` };
  return {};
}

export function response(ctx: Context): unknown {
  return ctx.stash.database;
}
