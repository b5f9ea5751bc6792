import { getNamedType, isEnumType, isInputObjectType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLEnumType, GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import type {
  Constraint,
  EnumDescriptor,
  FieldDescriptor,
  InputDescriptor,
  ResourceDescriptor,
} from '../src/schema-model.ts';
import type { Constraints } from './load-schema.ts';

type Field = GraphQLField<unknown, unknown>;
type Named<T> = Record<string, T>;

/** What the screens know of the schema besides the documents. */
interface Descriptors {
  enums: Named<EnumDescriptor[]>;
  types: Named<FieldDescriptor[]>;
  inputs: Named<InputDescriptor[]>;
  arguments: Named<InputDescriptor[]>;
  resources: Named<ResourceDescriptor>;
}

type Kinds = ReadonlyMap<string, FieldDescriptor['kind']>;

/** What input fields and arguments have in common. */
interface Input {
  name: string;
  description?: string | null | undefined;
  type: { toString(): string };
  defaultValue?: unknown;
}

/** Describes the types, inputs, arguments and resources of a schema as plain data. */
export function buildDescriptors(schema: GraphQLSchema, constraints: Constraints): Descriptors {
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
    (root) => root !== null && root !== undefined,
  );
  const objects = types.filter(isObjectType).filter((type) => !roots.includes(type));
  const enums = types.filter(isEnumType);
  const inputs = types.filter(isInputObjectType);
  const kinds: Kinds = new Map([
    ...enums.map(({ name }) => [name, 'ENUM'] as const),
    ...[...objects, ...inputs].map(({ name }) => [name, 'OBJECT'] as const),
  ]);
  const describeInputs = (owner: string, all: readonly Input[]): InputDescriptor[] =>
    all.map((input) => describeInput(input, kinds, constraints[owner]?.[input.name]));
  return {
    enums: Object.fromEntries(enums.map((type) => [type.name, describeEnum(type)])),
    types: Object.fromEntries(objects.map((type) => [type.name, describeType(type, kinds)])),
    inputs: Object.fromEntries(
      inputs.map((type) => [type.name, describeInputs(type.name, Object.values(type.getFields()))]),
    ),
    arguments: Object.fromEntries(
      roots.flatMap((root) =>
        Object.values(root.getFields()).map((field) => [
          field.name,
          describeInputs(`${root.name}.${field.name}`, field.args),
        ]),
      ),
    ),
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

/** Reads a type as SDL spells it, such as `[ID!]!`. */
function describeShape(
  type: string,
  kinds: Kinds,
): Pick<FieldDescriptor, 'type' | 'kind' | 'isList' | 'isRequired'> {
  const name = type.replace(/[[\]!]/g, '');
  return {
    type: name,
    kind: kinds.get(name) ?? 'SCALAR',
    isList: type.startsWith('['),
    isRequired: type.endsWith('!'),
  };
}

function describeType(type: GraphQLObjectType, kinds: Kinds): FieldDescriptor[] {
  return Object.values(type.getFields()).map((field) => ({
    name: field.name,
    description: plain(field.description),
    ...describeShape(String(field.type), kinds),
  }));
}

function describeInput(
  input: Input,
  kinds: Kinds,
  constraint: Record<string, unknown> = {},
): InputDescriptor {
  const value = (constraint['default'] ?? input.defaultValue) as Constraint['default'];
  return {
    name: input.name,
    description: plain(input.description),
    ...describeShape(input.type.toString(), kinds),
    constraint: { ...constraint, ...(value === undefined ? {} : { default: value }) },
  };
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
