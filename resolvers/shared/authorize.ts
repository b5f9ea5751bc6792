import { fail, failUnknownDatabase } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** What an operation needs: a key's scope, KEYS for the administration of keys, BACKEND for the service itself. */
export type Scope = 'SEARCH' | 'READ' | 'WRITE' | 'MANAGE' | 'KEYS' | 'BACKEND';

/** Who asks; `databaseIds` null means every database. */
export interface Caller {
  kind: 'USER' | 'KEY' | 'BACKEND';
  id: string;
  databaseIds: string[] | null;
}

/** What the Lambda authorizer says of a key: all strings, because AppSync passes nothing else. */
interface KeyContext {
  keyId: string;
  scopes: string;
  /** Ids with spaces between; empty for every database. */
  databaseIds: string;
}

/** The parts of AppSync's identities that tell them apart. */
interface Identity {
  resolverContext?: KeyContext | null;
  sub?: string | null;
  groups?: string[] | null;
  userArn?: string | null;
}

function refuse(ctx: FieldContext, message: string, hint: string): never {
  return fail(ctx, 'FORBIDDEN', message, { field: ctx.info.fieldName, hint });
}

function authorizeKey(ctx: FieldContext, scope: Scope, key: KeyContext): Caller {
  if (key.scopes.split(' ').indexOf(scope) < 0) {
    const hint = 'Use a key that was generated with the scope, or sign in as a user of the group admin.';
    refuse(ctx, `The key does not have the scope ${scope}, which ${ctx.info.fieldName} needs.`, hint);
  }
  const databaseIds = key.databaseIds === '' ? null : key.databaseIds.split(' ');
  return { kind: 'KEY', id: key.keyId, databaseIds };
}

function authorizeUser(ctx: FieldContext, scope: Scope, user: { id: string; groups: string[] }): Caller {
  const isAdmin = user.groups.indexOf('admin') >= 0 && scope !== 'BACKEND';
  const isReader = user.groups.indexOf('viewer') >= 0 && (scope === 'SEARCH' || scope === 'READ');
  if (!isAdmin && !isReader) {
    const needed = scope === 'BACKEND' ? 'the backend itself' : 'a user of the group admin';
    const hint = 'Ask an administrator to add you to the group admin.';
    refuse(ctx, `${ctx.info.fieldName} is for ${needed}.`, hint);
  }
  return { kind: 'USER', id: user.id, databaseIds: null };
}

/** Returns the caller when it may run operations of this scope; ends the field with FORBIDDEN otherwise. */
export function authorize(ctx: FieldContext, scope: Scope): Caller {
  const identity = ctx.identity as Identity | null;
  if (identity?.resolverContext) return authorizeKey(ctx, scope, identity.resolverContext);
  if (identity?.sub) return authorizeUser(ctx, scope, { id: identity.sub, groups: identity.groups ?? [] });
  if (identity?.userArn && scope === 'BACKEND') {
    return { kind: 'BACKEND', id: identity.userArn, databaseIds: null };
  }
  return refuse(ctx, `${ctx.info.fieldName} is not for these credentials.`, 'Use a key or sign in.');
}

/** Returns whether the caller may know of a database. */
export function mayTouch(caller: Caller, databaseId: string): boolean {
  return caller.databaseIds === null || caller.databaseIds.indexOf(databaseId) >= 0;
}

/** Like `authorize`, and answers NOT_FOUND for a database that the caller may not know of. */
export function authorizeDatabase(
  ctx: FieldContext,
  scope: Scope,
  databaseId: string,
  field: string,
): Caller {
  const caller = authorize(ctx, scope);
  if (!mayTouch(caller, databaseId)) failUnknownDatabase(ctx, databaseId, field);
  return caller;
}
