import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  isScalarType,
  typeFromAST,
} from 'graphql';
import type {
  GraphQLInputObjectType,
  GraphQLInputType,
  GraphQLScalarType,
  GraphQLSchema,
  OperationDefinitionNode,
  VariableDefinitionNode,
} from 'graphql';
import type { WireError } from './field-error.ts';
import { javaClassOf } from './java-names.ts';

/** What is wrong with a variable; no place when the service tells none. */
interface Problem {
  message: string;
  hasPlace: boolean;
}

/** Of one variable: its name, and what the value in question is called. */
interface Subject {
  variable: string;
  input: string;
}

const BUILT_IN = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

function invalid({ input }: Subject, reason: string): Problem {
  return { message: `Variable '${input}' has an invalid value. ${reason}`, hasPlace: true };
}

function scalarProblem(type: GraphQLScalarType, value: unknown, subject: Subject): Problem | null {
  try {
    type.parseValue(value);
    return null;
  } catch (thrown) {
    const isOwn = !BUILT_IN.has(type.name);
    const reason = isOwn
      ? (thrown as Error).message
      : `Expected type '${type.name}' but was '${javaClassOf(value)}'.`;
    return invalid(subject, reason);
  }
}

function objectProblem(type: GraphQLInputObjectType, value: unknown, subject: Subject): Problem | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const expected = "Variables for input objects must be an instance of type 'Map'.";
    return invalid(subject, `Expected type 'Map' but was '${javaClassOf(value)}'. ${expected}`);
  }
  const given = value as Record<string, unknown>;
  const fields = type.getFields();
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    const message = `The variables input contains a field name '${unknown}' that is not defined for input object type '${type.name}' `;
    return { message, hasPlace: false };
  }
  for (const field of Object.values(fields)) {
    if (!Object.hasOwn(given, field.name) && !isRequiredInputField(field)) continue;
    const problem = problemOf(field.type, given[field.name], { ...subject, input: field.name });
    if (problem) return problem;
  }
  return null;
}

function problemOf(type: GraphQLInputType, value: unknown, subject: Subject): Problem | null {
  if (isNonNullType(type)) {
    if (value !== null && value !== undefined) return problemOf(type.ofType, value, subject);
    const message = `Variable '${subject.variable}' has coerced Null value for NonNull type '${String(type)}'`;
    return { message, hasPlace: true };
  }
  if (value === null || value === undefined) return null;
  if (isListType(type)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const problem = problemOf(type.ofType, item, subject);
      if (problem) return problem;
    }
    return null;
  }
  if (isScalarType(type)) return scalarProblem(type, value, subject);
  if (isInputObjectType(type)) return objectProblem(type, value, subject);
  const isKnown = isEnumType(type) && typeof value === 'string' && type.getValue(value) !== undefined;
  const name = typeof value === 'string' ? value : JSON.stringify(value);
  return isKnown
    ? null
    : invalid(subject, `Invalid input for Enum '${String(type)}'. No value found for name '${name}'`);
}

function definitionProblem(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Record<string, unknown>,
): Problem | null {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type) as GraphQLInputType | undefined;
  const isLeftOut = !Object.hasOwn(variables, name) && definition.defaultValue !== undefined;
  return type === undefined || isLeftOut
    ? null
    : problemOf(type, variables[name], { variable: name, input: name });
}

/** Returns what the service says of variables that do not fit: the first problem alone; null when it would find none. */
export function variableError(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Partial<WireError> | null {
  for (const definition of variableDefinitions) {
    const problem = definitionProblem(schema, definition, variables);
    if (!problem) continue;
    const { message, hasPlace } = problem;
    const { line = 1, column = 1 } = definition.loc?.startToken ?? {};
    return { path: null, locations: hasPlace ? [{ line, column, sourceName: null }] : null, message };
  }
  return null;
}
