import type { GraphQLObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../../local/appsync/auth/caller.ts';
import { FieldAccess } from '../../../../local/appsync/auth/field-access.ts';
import type { AppSyncApiDefinition, AuthMode } from '../../../../local/appsync/definition.ts';
import { buildSchema } from '../../../../local/appsync/schema/build-schema.ts';

const pool = (defaultAction: 'ALLOW' | 'DENY'): AuthMode => ({
  type: 'AMAZON_COGNITO_USER_POOLS',
  userPoolId: 'p',
  region: 'r',
  appIdClientRegex: null,
  defaultAction,
});
const keys: AuthMode = { type: 'API_KEY', keys: [] };

const SDL = `
  type Query {
    open: Int
    old: Int @aws_auth(cognito_groups: ["admin"])
    own: Int @aws_cognito_user_pools(cognito_groups: ["admin"])
    both: Int @aws_api_key @aws_cognito_user_pools
    note: Note
  }
  type Note { text: String @aws_auth(cognito_groups: ["admin"]) secret: String @aws_cognito_user_pools(cognito_groups: ["admin"]) }
`;

function allows(field: string, groups: string[], modes: [AuthMode, ...AuthMode[]]): boolean {
  const [defaultAuth, ...additionalAuth] = modes;
  const { schema } = buildSchema(SDL);
  const definition = { defaultAuth, additionalAuth } as unknown as AppSyncApiDefinition;
  const caller: Caller = {
    mode: 'AMAZON_COGNITO_USER_POOLS',
    identity: {},
    groups,
    deniedFields: new Set(),
    principal: null,
  };
  const [typeName = '', fieldName = ''] = field.split('.');
  const type = schema.getType(typeName) as GraphQLObjectType;
  return new FieldAccess(schema, definition, () => true).allows(caller, type, fieldName);
}

describe('directives with groups', () => {
  it.each([
    ['Query.old', [], [pool('ALLOW')], false],
    ['Query.old', ['admin'], [pool('ALLOW')], true],
    ['Query.old', ['admin'], [pool('DENY')], true],
    // The service passes over the older directive here, so that a test must not find a field closed that is open.
    ['Query.old', [], [pool('ALLOW'), keys], true],
    ['Query.old', [], [keys, pool('ALLOW')], false],
    ['Note.text', [], [pool('ALLOW')], true],
    ['Note.secret', [], [pool('ALLOW')], false],
    ['Query.own', [], [pool('ALLOW'), keys], false],
    ['Query.own', ['admin'], [keys, pool('ALLOW')], true],
    ['Query.both', [], [keys, pool('ALLOW')], true],
    ['Query.open', [], [pool('ALLOW'), keys], true],
    ['Query.open', [], [keys, pool('ALLOW')], false],
    ['Query.open', ['admin'], [pool('DENY')], false],
  ] as [string, string[], [AuthMode, ...AuthMode[]], boolean][])(
    '%s for %j in %j is %s',
    (field, groups, modes, isAllowed) => {
      expect(allows(field, groups, modes)).toBe(isAllowed);
    },
  );
});
