import { getNamedType, getNullableType, isListType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLOutputType, GraphQLSchema } from 'graphql';

type Field = GraphQLField<unknown, unknown>;

export interface Operation {
  kind: 'query' | 'mutation' | 'subscription';
  field: Field;
  document: string;
}

const MAX_DEPTH = 5;

/** Nested objects of which a screen needs less than everything: the rest would be sent once more with every hit or chunk. */
const BRIEF_SELECTIONS: Record<string, string[]> = {
  'HitGroup.hits': ['id'],
  'HitGroup.file': ['id', 'name', 'contentType'],
  'Hit.file': ['id', 'name', 'contentType'],
  'Vector.file': ['id', 'name', 'contentType'],
};

/** Fields that only signed requests of the backend may call. */
function isBackendOnly(field: Field): boolean {
  const modes = (field.astNode?.directives ?? []).map((directive) => directive.name.value);
  return modes.length > 0 && !modes.includes('aws_cognito_user_pools');
}

/** Makes one document for each operation that console users may call. */
export function buildOperations(schema: GraphQLSchema): Operation[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, root]) =>
    Object.values(root?.getFields() ?? {})
      .filter((field) => !isBackendOnly(field))
      .map((field) => ({ kind, field, document: buildDocument(kind, field) })),
  );
}

function buildDocument(kind: Operation['kind'], field: Field): string {
  const variables = field.args.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const passed = field.args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const head = `${kind} ${field.name}${variables && `(${variables})`}`;
  return `${head} { ${field.name}${passed && `(${passed})`}${selectFields(field.type, [])} }`;
}

function selectFields(type: GraphQLOutputType, path: string[]): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return '';
  const selected = Object.values(named.getFields())
    .map((field) => selectField(named, field, [...path, named.name]))
    .filter((text) => text !== '');
  return ` { ${selected.join(' ')} }`;
}

function selectField(owner: GraphQLObjectType, field: Field, path: string[]): string {
  const named = getNamedType(field.type);
  if (!isObjectType(named)) return isNumberList(field.type) ? '' : field.name;
  const brief = BRIEF_SELECTIONS[`${owner.name}.${field.name}`];
  if (brief) return `${field.name} { ${brief.filter((name) => name in named.getFields()).join(' ')} }`;
  if (path.includes(named.name) || path.length >= MAX_DEPTH) return '';
  return field.name + selectFields(field.type, path);
}

/** The values of a vector: thousands of numbers that are read from the segment only when they are selected. */
function isNumberList(type: GraphQLOutputType): boolean {
  const nullable = getNullableType(type);
  return isListType(nullable) && getNamedType(nullable).name === 'Float';
}
