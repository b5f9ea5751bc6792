import type { NONERequest } from '@aws-appsync/utils';
import type { MutationCreateBackupArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import { failUndelivered } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';

/** Refuses, because backups are not available in this version. */
export function request(ctx: FieldContext<MutationCreateBackupArgs>): NONERequest {
  authorizeDatabase(ctx, 'MANAGE', ctx.args.databaseId, 'databaseId');
  return failUndelivered(ctx, 'Backups are');
}

export function response(): null {
  return null;
}
