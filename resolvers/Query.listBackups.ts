import type { Context, NONERequest } from '@aws-appsync/utils';
import { authorizeDatabase } from './shared/authorize.ts';
import { failUndelivered } from './shared/fail.ts';

/** Refuses: Backups are not available in this version. */
export function request(ctx: Context): NONERequest {
  authorizeDatabase(ctx, 'READ', ctx.args.databaseId, 'databaseId');
  return failUndelivered(ctx, 'Backups are');
}

export function response(): unknown {
  return null;
}
