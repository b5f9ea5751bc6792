import { authorize } from './shared/authorize.ts';
import type { CreateDatabaseContext } from './shared/create-database-context.ts';
import { chooseSettings, newDatabase, type NewDatabase } from './shared/database-settings.ts';
import { fail } from './shared/fail.ts';

/**
 * Creates an empty database: its list entry first, then the item, so that no database is ever missing from the list. With a
 * token the first attempt stores what it is about to write, and a repetition writes and answers the very same.
 */
export function request(ctx: CreateDatabaseContext): Record<string, unknown> {
  const caller = authorize(ctx, 'MANAGE');
  if (caller.databaseIds !== null) {
    const hint = 'Use a key that was generated without databaseIds.';
    const message = 'A key that is limited to databases cannot create others.';
    fail(ctx, 'FORBIDDEN', message, { field: 'createDatabase', hint });
  }
  const settings = chooseSettings(ctx);
  const token = ctx.args.input.clientRequestToken;
  ctx.stash.settings = JSON.stringify(settings);
  ctx.stash.database = newDatabase(settings);
  ctx.stash.tokenKey = token
    ? { pk: 'TOKENS#createDatabase', sk: `${caller.kind}:${caller.id}#${token}` }
    : null;
  ctx.stash.isClaimed = false;
  ctx.stash.isFinished = false;
  return {};
}

export function response(ctx: CreateDatabaseContext): NewDatabase {
  return ctx.stash.database;
}
