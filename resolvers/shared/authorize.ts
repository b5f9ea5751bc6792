import type { Context } from '@aws-appsync/utils';
import { fail, failUnknownDatabase } from './fail.ts';

/** What an operation needs: a key's scope, KEYS for the administration of keys, BACKEND for the service itself. */
export type Scope = 'SEARCH' | 'READ' | 'WRITE' | 'MANAGE' | 'KEYS' | 'BACKEND';

/** Who asks; `databaseIds` null means every database. */
export interface Caller {
  kind: 'USER' | 'KEY' | 'BACKEND';
  id: string;
  databaseIds: string[] | null;
}

function refuse(ctx: Context, message: string, hint: string): never {
  return fail(ctx, 'FORBIDDEN', message, { field: ctx.info.fieldName, hint });
}

function authorizeKey(ctx: Context, scope: Scope, granted: Record<string, string>): Caller {
  if (`${granted.scopes}`.split(' ').indexOf(scope) < 0) {
    const hint = 'Use a key that was generated with the scope, or sign in as a user of the group admin.';
    refuse(ctx, `The key does not have the scope ${scope}, which ${ctx.info.fieldName} needs.`, hint);
  }
  const databaseIds = granted.databaseIds ? granted.databaseIds.split(' ') : null;
  return { kind: 'KEY', id: `${granted.keyId}`, databaseIds };
}

function authorizeUser(
  ctx: Context,
  scope: Scope,
  identity: { sub: string; groups: string[] | null },
): Caller {
  const groups = identity.groups ?? [];
  const isAdmin = groups.indexOf('admin') >= 0 && scope !== 'BACKEND';
  const isReader = groups.indexOf('viewer') >= 0 && (scope === 'SEARCH' || scope === 'READ');
  if (!isAdmin && !isReader) {
    const needed = scope === 'BACKEND' ? 'the backend itself' : 'a user of the group admin';
    refuse(
      ctx,
      `${ctx.info.fieldName} is for ${needed}.`,
      'Ask an administrator to add you to the group admin.',
    );
  }
  return { kind: 'USER', id: identity.sub, databaseIds: null };
}

/** Returns the caller when it may run operations of this scope; ends the field with FORBIDDEN otherwise. */
export function authorize(ctx: Context, scope: Scope): Caller {
  const identity = ctx.identity as any;
  if (identity?.resolverContext) return authorizeKey(ctx, scope, identity.resolverContext);
  if (identity?.sub) return authorizeUser(ctx, scope, identity);
  if (identity?.userArn && scope === 'BACKEND') {
    return { kind: 'BACKEND', id: identity.userArn, databaseIds: null };
  }
  return refuse(ctx, `${ctx.info.fieldName} is not for this kind of credentials.`, 'Use a key or sign in.');
}

/** Returns whether the caller may know of a database. */
export function mayTouch(caller: Caller, databaseId: string): boolean {
  return caller.databaseIds === null || caller.databaseIds.indexOf(databaseId) >= 0;
}

/** Like `authorize`, and answers NOT_FOUND for a database that the caller may not know of. */
export function authorizeDatabase(ctx: Context, scope: Scope, databaseId: string, field: string): Caller {
  const caller = authorize(ctx, scope);
  if (!mayTouch(caller, databaseId)) failUnknownDatabase(ctx, databaseId, field);
  return caller;
}
