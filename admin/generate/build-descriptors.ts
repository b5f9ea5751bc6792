import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type {
  GraphQLArgument,
  GraphQLEnumType,
  GraphQLField,
  GraphQLInputField,
  GraphQLInputObjectType,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLType,
} from 'graphql';
import type {
  EnumDescriptor,
  FieldDescriptor,
  InputDescriptor,
  ResourceDescriptor,
} from '../src/schema-model.ts';
import type { Constraints } from './load-schema.ts';

type Field = GraphQLField<unknown, unknown>;
type Named<T> = Record<string, T>;

/** What the screens know of the schema besides the documents. */
export interface Descriptors {
  enums: Named<EnumDescriptor[]>;
  types: Named<FieldDescriptor[]>;
  inputs: Named<InputDescriptor[]>;
  arguments: Named<InputDescriptor[]>;
  resources: Named<ResourceDescriptor>;
}

/** Describes the types, inputs, arguments and resources of a schema as plain data. */
export function buildDescriptors(schema: GraphQLSchema, constraints: Constraints): Descriptors {
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (root) => root != null,
  );
  const objects = types.filter(isObjectType).filter((type) => !roots.includes(type));
  return {
    enums: Object.fromEntries(types.filter(isEnumType).map((type) => [type.name, describeEnum(type)])),
    types: Object.fromEntries(objects.map((type) => [type.name, describeType(type)])),
    inputs: Object.fromEntries(
      types.filter(isInputObjectType).map((type) => [type.name, describeInputType(type, constraints)]),
    ),
    arguments: Object.fromEntries(roots.flatMap((root) => describeArguments(root, constraints))),
    resources: describeResources(schema),
  };
}

/** Screens show descriptions as plain text: the backticks of code go. */
function plain(description: string | null | undefined): string {
  return (description ?? '').replace(/`/g, '');
}

function describeEnum(type: GraphQLEnumType): EnumDescriptor[] {
  return type.getValues().map((value) => ({ value: value.name, description: plain(value.description) }));
}

function describeShape(type: GraphQLType): Pick<FieldDescriptor, 'type' | 'kind' | 'isList' | 'isRequired'> {
  const named = getNamedType(type);
  const kind = isEnumType(named)
    ? 'ENUM'
    : isObjectType(named) || isInputObjectType(named)
      ? 'OBJECT'
      : 'SCALAR';
  return {
    type: named.name,
    kind,
    isList: isListType(getNullableType(type)),
    isRequired: isNonNullType(type),
  };
}

function describeType(type: GraphQLObjectType): FieldDescriptor[] {
  return Object.values(type.getFields()).map((field) => ({
    name: field.name,
    description: plain(field.description),
    ...describeShape(field.type),
  }));
}

function describeInput(
  input: GraphQLInputField | GraphQLArgument,
  constraint: Record<string, unknown> = {},
): InputDescriptor {
  const value: unknown = constraint['default'] ?? input.defaultValue;
  return {
    name: input.name,
    description: plain(input.description),
    ...describeShape(input.type),
    constraint: { ...constraint, ...(value === undefined ? {} : { default: value }) },
  };
}

function describeInputType(type: GraphQLInputObjectType, constraints: Constraints): InputDescriptor[] {
  return Object.values(type.getFields()).map((field) =>
    describeInput(field, constraints[type.name]?.[field.name]),
  );
}

function describeArguments(root: GraphQLObjectType, constraints: Constraints): [string, InputDescriptor[]][] {
  return Object.values(root.getFields()).map((field) => [
    field.name,
    field.args.map((argument) =>
      describeInput(argument, constraints[`${root.name}.${field.name}`]?.[argument.name]),
    ),
  ]);
}

const PAGE_ARGUMENTS = new Set(['limit', 'nextToken']);

/** A resource is whatever a `listX` answers pages of; its other operations are found by their names and types. */
function describeResources(schema: GraphQLSchema): Named<ResourceDescriptor> {
  const queries = schema.getQueryType()?.getFields() ?? {};
  const mutations = schema.getMutationType()?.getFields() ?? {};
  const lists = Object.values(queries).filter(
    (field) => field.name.startsWith('list') && getNamedType(field.type).name.endsWith('Page'),
  );
  return Object.fromEntries(
    lists.map((list) => [nameResource(list), describeResource(list, queries, mutations)]),
  );
}

function nameResource(list: Field): string {
  return list.name
    .replace(/^list/, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

function describeResource(list: Field, queries: Named<Field>, mutations: Named<Field>): ResourceDescriptor {
  const page = getNamedType(list.type);
  const items = isObjectType(page) ? page.getFields()['items'] : undefined;
  const type = items ? getNamedType(items.type).name : '';
  const own = list.args.filter((argument) => !PAGE_ARGUMENTS.has(argument.name));
  const find = (fields: Named<Field>, ...verbs: string[]): string | null =>
    verbs.map((verb) => verb + type).find((name) => name in fields) ?? null;
  return {
    type,
    parents: own.filter((argument) => isNonNullType(argument.type)).map((argument) => argument.name),
    filters: own.filter((argument) => !isNonNullType(argument.type)).map((argument) => argument.name),
    list: list.name,
    get: find(queries, 'get'),
    create: find(mutations, 'create', 'generate'),
    update: find(mutations, 'update'),
    delete: find(mutations, 'delete', 'revoke'),
  };
}
