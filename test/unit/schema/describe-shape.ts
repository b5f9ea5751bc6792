import {
  isEnumType,
  isInputObjectType,
  isObjectType,
  isSpecifiedScalarType,
  astFromValue,
  print,
} from 'graphql';
import type { GraphQLArgument, GraphQLInputField, GraphQLNamedType, GraphQLSchema } from 'graphql';

/** Returns one line for each enum value, field, argument and input field: its place, type, nullability and default. */
export function describeShape(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap(describeType);
}

function describeType(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map((value) => `enum ${type.name}.${value.name}`);
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => `input ${type.name}.${describeInput(field)}`);
  }
  if (!isObjectType(type)) return [`scalar ${type.name}`];
  return Object.values(type.getFields()).flatMap((field) => [
    `${type.name}.${field.name}: ${String(field.type)}`,
    ...field.args.map((argument) => `${type.name}.${field.name}(${describeInput(argument)})`),
  ]);
}

function describeInput(input: GraphQLArgument | GraphQLInputField): string {
  const value = astFromValue(input.defaultValue, input.type);
  return `${input.name}: ${String(input.type)}${value ? ` = ${print(value)}` : ''}`;
}
