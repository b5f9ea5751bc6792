import { isObjectType, getNamedType, valueFromASTUntyped } from 'graphql';
import type { ConstDirectiveNode, GraphQLField, GraphQLObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { readSchema } from './read-schema.ts';

const schema = readSchema();
const ADMIN_ALONE = /ApiKeys?$/;

function readModes(directives: readonly ConstDirectiveNode[] | undefined): string[] {
  return (directives ?? [])
    .map((directive) => {
      const groups = directive.arguments?.find((argument) => argument.name.value === 'cognito_groups');
      const names = groups ? (valueFromASTUntyped(groups.value) as string[]).join('+') : '';
      return directive.name.value.replace('aws_', '') + (names && `:${names}`);
    })
    .sort();
}

function modesOfField(field: GraphQLField<unknown, unknown>): string[] {
  return readModes(field.astNode?.directives).filter((mode) => mode !== 'subscribe');
}

function fieldsOf(type: GraphQLObjectType | null | undefined): GraphQLField<unknown, unknown>[] {
  return Object.values(type?.getFields() ?? {});
}

test('lets both groups and keys query, and admins alone ask about keys', () => {
  for (const field of fieldsOf(schema.getQueryType())) {
    const expected = ADMIN_ALONE.test(field.name)
      ? ['cognito_user_pools:admin']
      : ['cognito_user_pools:admin+viewer', 'lambda'];

    expect([field.name, modesOfField(field)]).toEqual([field.name, expected]);
  }
});

test('lets admins and keys change things, admins alone keys, and the backend alone publish', () => {
  for (const field of fieldsOf(schema.getMutationType())) {
    const expected =
      field.name === 'publishIngestionProgress'
        ? ['iam']
        : ADMIN_ALONE.test(field.name)
          ? ['cognito_user_pools:admin']
          : ['cognito_user_pools:admin', 'lambda'];

    expect([field.name, modesOfField(field)]).toEqual([field.name, expected]);
  }
});

test('lets both groups and keys subscribe to what the backend publishes', () => {
  const field = schema.getSubscriptionType()?.getFields()['onIngestionProgress'];

  expect(field && modesOfField(field)).toEqual(['cognito_user_pools:admin+viewer', 'lambda']);
  expect(field?.astNode?.directives?.map((directive) => directive.name.value)).toContain('aws_subscribe');
});

test('opens every object type to exactly the modes of the fields that answer it', () => {
  const needed = new Map<string, Set<string>>();
  const visit = (type: unknown, modes: string[]): void => {
    if (!isObjectType(type)) return;
    const known = needed.get(type.name) ?? new Set<string>();
    const fresh = modes.filter((mode) => !known.has(mode));
    if (fresh.length === 0) return;
    needed.set(type.name, new Set([...known, ...fresh]));
    for (const field of fieldsOf(type)) visit(getNamedType(field.type), fresh);
  };
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of fieldsOf(root)) {
      visit(
        getNamedType(field.type),
        modesOfField(field).map((mode) => mode.replace(/:.*/, '')),
      );
    }
  }

  expect(needed.size).toBeGreaterThan(20);
  for (const [name, modes] of needed) {
    const type = schema.getType(name);
    const declared = readModes(type?.astNode?.directives);
    // Unmarked means the default mode, which is the user pool.
    expect([name, declared.length ? declared : ['cognito_user_pools']]).toEqual([name, [...modes].sort()]);
  }
});
