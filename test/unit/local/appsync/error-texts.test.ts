import { GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { OperationDefinitionNode, ValidationContext } from 'graphql';
import { describe, expect, it } from 'vitest';
import { toWireError } from '../../../../local/appsync/execution/field-error.ts';
import { validationTexts } from '../../../../local/appsync/execution/validation-text.ts';
import { variableError } from '../../../../local/appsync/execution/variable-text.ts';
import { buildSchema } from '../../../../local/appsync/schema/build-schema.ts';

const { schema } = buildSchema(`
  type Query { note(id: ID!): Note  list(filter: Filter, ids: [Int!], on: AWSDate): Page! }
  type Mutation { create(input: Input!): Note }
  type Page { items: [Note!]  next: String }
  type Note { id: ID!  kind: Kind  parent: Note }
  enum Kind { RED BLUE }
  input Filter { kind: Kind  not: Filter }
  input Input { title: String!  size: Int!  phone: AWSPhone  nested: Nested }
  input Nested { name: String! }
`);

function validationText(query: string): { type: string; text: string; column: number | undefined }[] {
  const document = parse(query);
  const errors: [GraphQLError, string, string][] = [];
  const rules = specifiedRules.map((rule) => (context: ValidationContext) => {
    const reportError = (error: GraphQLError): void => void errors.push([error, rule.name, 'Other']);
    return rule(Object.create(context, { reportError: { value: reportError } }) as ValidationContext);
  });
  validate(schema, document, rules);
  return validationTexts(schema, document, errors).map(({ type, text, node }) => ({
    type,
    text,
    column: node?.loc?.startToken.column,
  }));
}

describe('a query that breaks a rule', () => {
  it.each([
    [
      '{ note(id: 1) { none } }',
      'FieldUndefined',
      "Field 'none' in type 'Note' is undefined @ 'note/none'",
      17,
    ],
    ['{ x: note(id: 1, a: 2) { id } }', 'UnknownArgument', "Unknown field argument a @ 'note'", 18],
    ['{ note { id } }', 'MissingFieldArgument', "Missing field argument id @ 'note'", 3],
    ['{ list }', 'SubSelectionRequired', "Sub selection required for type null of field list @ 'list'", 3],
    [
      '{ note(id: 1) { kind { a } } }',
      'SubSelectionNotAllowed',
      "Sub selection not allowed on leaf type Kind of field kind @ 'note/kind'",
      22,
    ],
    ['{ note(id: $id) { id } }', 'UndefinedVariable', "Undefined variable id @ 'note'", 12],
    ['query ($a: ID) { note(id: 1) { id } }', 'UnusedVariable', 'Unused variable a', 8],
    ['{ note(id: 1) { ...F } }', 'UndefinedFragment', "Undefined fragment F @ 'note'", 20],
    ['{ note(id: 1) { id } } fragment F on Note { id }', 'UnusedFragment', 'Unused fragment F', 24],
    [
      'query ($a: String!) { note(id: $a) { id } }',
      'VariableTypeMismatch',
      "Variable type 'String!' doesn't match expected type 'ID!' @ 'note'",
      32,
    ],
    [
      '{ list(ids: [1, "4"]) { next } }',
      'WrongType',
      "argument 'ids[1]' with value 'StringValue{value='4'}' is not a valid 'Int' @ 'list'",
      8,
    ],
    [
      '{ list(filter: { not: { kind: PINK, more: 1 } }) { next } }',
      'WrongType',
      "argument 'filter.not.kind' with value 'EnumValue{name='PINK'}' is not a valid 'Kind' @ 'list'",
      8,
    ],
    [
      'mutation { create(input: { size: 1 }) { id } }',
      'WrongType',
      "argument 'input' with value 'ObjectValue{objectFields=[ObjectField{name='size', value=IntValue{value=1}}]}' is missing required fields '[title]' @ 'create'",
      19,
    ],
    [
      '{ list(filter: { none: 1.5 }) { next } }',
      'WrongType',
      "argument 'filter' with value 'ObjectValue{objectFields=[ObjectField{name='none', value=FloatValue{value=1.5}}]}' contains a field not in 'Filter': 'none' @ 'list'",
      8,
    ],
    [
      '{ note(id: null) { id } }',
      'WrongType',
      "argument 'id' with value 'NullValue{}' must not be null @ 'note'",
      8,
    ],
    [
      '{ list(filter: [true]) { next } }',
      'WrongType',
      "argument 'filter' with value 'ArrayValue{values=[BooleanValue{value=true}]}' must be an object type @ 'list'",
      8,
    ],
    [
      '{ list(on: "today") { next } }',
      'WrongType',
      "argument 'on' with value 'StringValue{value='today'}' is not a valid 'AWSDate' @ 'list'",
      8,
    ],
  ])('%s', (query, type, text, column) => {
    expect(validationText(query)).toEqual([{ type, text, column }]);
  });
});

describe('variables that do not fit', () => {
  const locations = [{ line: 1, column: 11, sourceName: null }];

  it.each([
    ['Input!', {}, "Variable 'v' has coerced Null value for NonNull type 'Input!'", locations],
    [
      'Input!',
      { v: { title: 'a' } },
      "Variable 'v' has coerced Null value for NonNull type 'Int!'",
      locations,
    ],
    [
      'Input!',
      { v: { title: 'a', size: 1, nested: {} } },
      "Variable 'v' has coerced Null value for NonNull type 'String!'",
      locations,
    ],
    [
      'Input!',
      { v: { title: 'a', size: '1' } },
      "Variable 'size' has an invalid value. Expected type 'Int' but was 'String'.",
      locations,
    ],
    [
      'Input!',
      { v: { title: 'a', size: 1.5 } },
      "Variable 'size' has an invalid value. Expected type 'Int' but was 'Double'.",
      locations,
    ],
    [
      'Input!',
      { v: { title: 'a', size: 1, phone: '1110004444' } },
      "Variable 'phone' has an invalid value. Unable to parse `1110004444` as a valid phone number.",
      locations,
    ],
    [
      'Input!',
      { v: { title: 'a', size: 1, more: 1 } },
      "The variables input contains a field name 'more' that is not defined for input object type 'Input' ",
      null,
    ],
    [
      'Input!',
      { v: [] },
      "Variable 'v' has an invalid value. Expected type 'Map' but was 'ArrayList'. Variables for input objects must be an instance of type 'Map'.",
      locations,
    ],
    [
      '[Kind!]',
      { v: ['RED', 'PINK'] },
      "Variable 'v' has an invalid value. Invalid input for Enum 'Kind'. No value found for name 'PINK'",
      locations,
    ],
    ['[Kind!]', { v: [null] }, "Variable 'v' has coerced Null value for NonNull type 'Kind!'", locations],
    [
      'AWSDate',
      { v: '2019-12-24T04:15:57.798Z' },
      "Variable 'v' has an invalid value. Unable to parse `2019-12-24T04:15:57.798Z` as a valid date.",
      locations,
    ],
  ])('%s %j', (type, variables, message, places) => {
    const [operation] = parse(`query A  ($v: ${type}) { __typename }`).definitions;

    expect(variableError(schema, operation as OperationDefinitionNode, variables)).toEqual({
      path: null,
      locations: places,
      message,
    });
  });

  it('say nothing where all is well', () => {
    const [operation] = parse('query ($a: Int = 1, $b: [Kind], $c: Input) { __typename }').definitions;

    expect(variableError(schema, operation as OperationDefinitionNode, { b: 'RED', c: null })).toBeNull();
  });
});

describe('values that do not fit', () => {
  it.each([
    [
      'Cannot return null for non-nullable field Note.id.',
      ['list', 'items', 3, 'id'],
      "Cannot return null for non-nullable type: 'ID' within parent 'Note' (/list/items[3]/id)",
    ],
    [
      'Cannot return null for non-nullable field Page.items.',
      ['list', 'items', 0],
      "Cannot return null for non-nullable type: 'Note' within parent 'Page' (/list/items[0])",
    ],
    [
      'Cannot return null for non-nullable field Query.list.',
      ['list'],
      "Cannot return null for non-nullable type: 'Page' within parent 'Query' (/list)",
    ],
  ])('%s', (message, path, told) => {
    expect(toWireError(new GraphQLError(message, { path }), schema)).toEqual({
      path,
      locations: null,
      message: told,
    });
  });

  it.each([
    ['Int cannot represent non-integer value: "abc"', "Expected type 'Int' but was 'String'."],
    [
      'Boolean cannot represent a non boolean value: { a: 1 }',
      "Expected type 'Boolean' but was 'LinkedHashMap'.",
    ],
    [
      'Unable to serialize `2020-05-23T06:4:37.000Z` as a valid DateTime Object.',
      'Unable to serialize `2020-05-23T06:4:37.000Z` as a valid DateTime Object.',
    ],
  ])('%s', (message, reason) => {
    const originalError = new GraphQLError(message);
    const error = new GraphQLError(message, { path: ['list', 'items', 32, 'on'], originalError });

    expect(toWireError(error, schema).message).toBe(`Can't serialize value (/list/items[32]/on) : ${reason}`);
  });
});
