import { getNamedType, getNullableType, isInputObjectType, isListType } from 'graphql';
import type { GraphQLInputType } from 'graphql';
import { describe, expect, test } from 'vitest';
import constraints from '../../../schema/constraints.json' with { type: 'json' };
import { readSchema } from './read-schema.ts';

const schema = readSchema();
type Constraint = Record<string, unknown>;
const owners = constraints as Record<string, Record<string, Constraint>>;
const entries = Object.entries(owners).flatMap(([owner, fields]) =>
  Object.entries(fields).map(([name, constraint]) => ({ owner, name, constraint })),
);

const STRING_PROPERTIES = ['minLength', 'maxLength', 'pattern', 'patternHint', 'json'];
const NUMBER_PROPERTIES = ['min', 'max', 'integer', 'maxHalfOf'];
const LIST_PROPERTIES = ['minItems', 'maxItems', 'items'];

function findInput(owner: string, name: string): GraphQLInputType | undefined {
  const [typeName = '', fieldName] = owner.split('.');
  const type = schema.getType(typeName);
  if (isInputObjectType(type)) return fieldName === undefined ? type.getFields()[name]?.type : undefined;
  const field = type && 'getFields' in type ? type.getFields()[fieldName ?? ''] : undefined;
  return field && 'args' in field ? field.args.find((argument) => argument.name === name)?.type : undefined;
}

function allowedProperties(type: GraphQLInputType): string[] {
  if (isListType(getNullableType(type))) return LIST_PROPERTIES;
  const named = getNamedType(type).name;
  if (named === 'Int' || named === 'Float') return NUMBER_PROPERTIES;
  return named === 'ID' || named === 'String' || named === 'AWSJSON' ? STRING_PROPERTIES : [];
}

describe.each(entries)('the constraint of $owner $name', ({ owner, name, constraint }) => {
  test('belongs to an input of the schema and suits its type', () => {
    const type = findInput(owner, name);

    expect(type).toBeDefined();
    const properties = Object.keys(constraint).filter((property) => property !== 'default');
    expect(allowedProperties(type as GraphQLInputType)).toEqual(expect.arrayContaining(properties));
  });

  test('has bounds in order and a default within them', () => {
    const {
      min = -Infinity,
      max = Infinity,
      minLength = 0,
      maxLength = Infinity,
    } = constraint as Record<string, number>;
    const { minItems = 0, maxItems = Infinity } = constraint as Record<string, number>;

    expect(min).toBeLessThanOrEqual(max);
    expect(minLength).toBeLessThanOrEqual(maxLength);
    expect(minItems).toBeLessThanOrEqual(maxItems);
    if (typeof constraint['default'] === 'number') {
      expect(constraint['default']).toBeGreaterThanOrEqual(min);
      expect(constraint['default']).toBeLessThanOrEqual(max);
    }
  });
});

test('has patterns for whole values with a hint, in the syntax that JavaScript and Java share', () => {
  const withPattern = entries
    .flatMap(({ constraint }) => [constraint, constraint['items'] as Constraint | undefined])
    .filter((constraint) => constraint?.['pattern'] !== undefined) as Constraint[];

  expect(withPattern.length).toBeGreaterThan(10);
  for (const { pattern, patternHint } of withPattern) {
    expect(pattern).toMatch(/^\^.*\$$/);
    expect(() => new RegExp(String(pattern), 'u')).not.toThrow();
    // Java reads "[" and "&&" within a class as nested classes and intersections; JavaScript does not.
    expect(String(pattern)).not.toMatch(/&&|\[[^\]]*(?<!\\)\[/);
    expect(patternHint).toMatch(/\w/);
  }
});

test('bounds every text, list and id that a caller can send', () => {
  const inputs = Object.values(schema.getTypeMap())
    .filter(isInputObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({
        owner: type.name,
        name: field.name,
        type: field.type,
      })),
    );
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const argumentsOfFields = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) =>
      field.args.map((argument) => ({
        owner: `${root?.name}.${field.name}`,
        name: argument.name,
        type: argument.type,
      })),
    ),
  );

  const unbounded = [...inputs, ...argumentsOfFields].filter(({ owner, name, type }) => {
    const constraint = owners[owner]?.[name] ?? {};
    if (isListType(getNullableType(type))) return constraint['maxItems'] === undefined;
    return (
      ['ID', 'String', 'AWSJSON'].includes(getNamedType(type).name) && constraint['maxLength'] === undefined
    );
  });

  expect(unbounded.map(({ owner, name }) => `${owner} ${name}`)).toEqual([]);
});

test('refuses file names that could leave their folder and names of nothing but spaces', () => {
  const file = new RegExp(constraints.RequestUploadInput.name.pattern, 'u');
  const name = new RegExp(constraints.CreateDatabaseInput.name.pattern, 'u');

  expect(['a/b', 'a\\b', 'a\u0000', 'a\nb', ''].filter((value) => file.test(value))).toEqual([]);
  expect(['report.pdf', 'späte Notiz (2).txt', '東京.md'].every((value) => file.test(value))).toBe(true);
  expect(['', ' ', '\t', 'a\u0007'].filter((value) => name.test(value))).toEqual([]);
  expect(['a', ' a ', '日本'].every((value) => name.test(value))).toBe(true);
});
