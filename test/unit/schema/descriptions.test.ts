import { isEnumType, isInputObjectType, isObjectType, isSpecifiedScalarType } from 'graphql';
import type { GraphQLNamedType } from 'graphql';
import { expect, test } from 'vitest';
import { readSchema } from './read-schema.ts';

const schema = readSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

interface Described {
  name: string;
  description?: string | null | undefined;
  args?: readonly Described[];
}

function listMembers(type: GraphQLNamedType): Described[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  return isObjectType(type) ? Object.values(type.getFields()) : [];
}

function listDescriptions(type: GraphQLNamedType): [place: string, description: string][] {
  const found: [string, string][] = [[type.name, type.description ?? '']];
  for (const member of listMembers(type)) {
    found.push([`${type.name}.${member.name}`, member.description ?? '']);
    for (const argument of member.args ?? []) {
      found.push([`${type.name}.${member.name}(${argument.name})`, argument.description ?? '']);
    }
  }
  return found;
}

test('describes every type, field, argument, input field and enum value in whole sentences', () => {
  const described = types.flatMap(listDescriptions);

  const poor = described.filter(([, text]) => !/^[A-Z`].{6,}[.]$/s.test(text.trim()));

  expect(described.length).toBeGreaterThan(400);
  expect(poor.map(([place]) => place)).toEqual([]);
});
