import { Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type {
  ArgumentNode,
  ASTNode,
  DocumentNode,
  GraphQLError,
  GraphQLInputType,
  GraphQLSchema,
} from 'graphql';
import { literalProblem } from './literal-text.ts';

/** Where a node stands in a query. */
interface Site {
  /** Fields from the root, or from the fragment, by their names in the schema. */
  path: string;
  parentType: string;
  /** The argument around it, with its type. */
  argument: { node: ArgumentNode; type: GraphQLInputType | null } | null;
}

/** What the service tells of one broken rule. */
export interface ValidationText {
  type: string;
  text: string;
  /** Whose place is told. */
  node: ASTNode | undefined;
}

function sitesOf(schema: GraphQLSchema, document: DocumentNode): Map<ASTNode, Site> {
  const typeInfo = new TypeInfo(schema);
  const sites = new Map<ASTNode, Site>();
  const names: string[] = [];
  let argument: Site['argument'] = null;
  const isNamed = (node: ASTNode): boolean =>
    node.kind === Kind.FIELD || node.kind === Kind.FRAGMENT_DEFINITION;
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      enter(node) {
        if (isNamed(node)) names.push((node as { name: { value: string } }).name.value);
        if (node.kind === Kind.ARGUMENT) argument = { node, type: typeInfo.getArgument()?.type ?? null };
        sites.set(node, {
          path: names.join('/'),
          parentType: typeInfo.getParentType()?.name ?? '',
          argument,
        });
      },
      leave(node) {
        if (isNamed(node)) names.pop();
        if (node.kind === Kind.ARGUMENT) argument = null;
      },
    }),
  );
  return sites;
}

type Writer = (error: GraphQLError, site: Site) => ValidationText | null;

/** Names in double quotes, as the messages of graphql-js hold them. */
function quoted({ message }: GraphQLError): string[] {
  return [...message.matchAll(/"\$?([^"]*)"/g)].map(([, name]) => name ?? '');
}

/** A rule whose message names one thing, with the path behind it or without. */
function naming(type: string, words: string, hasPath = true, index = 0): Writer {
  return (error, { path }) => {
    const place = hasPath ? ` @ '${path}'` : '';
    return { type, text: `${words} ${quoted(error)[index] ?? ''}${place}`, node: error.nodes?.[0] };
  };
}

const subSelection: Writer = (error, { path }) => {
  const [field = '', type = ''] = quoted(error);
  const isRequired = error.message.includes('must have a selection');
  // Wrapped types have no name there.
  const typeName = /[![]/.test(type) ? 'null' : type;
  const words = isRequired ? 'Sub selection required for type' : 'Sub selection not allowed on leaf type';
  return {
    type: isRequired ? 'SubSelectionRequired' : 'SubSelectionNotAllowed',
    text: `${words} ${typeName} of field ${field} @ '${path}'`,
    node: error.nodes?.[0],
  };
};

const wrongType: Writer = (_, { argument, path }) => {
  const problem = argument?.type ? literalProblem(argument.type, argument.node.value) : null;
  if (!argument || !problem) return null;
  const name = `${argument.node.name.value}${problem.path}`;
  const text = `argument '${name}' with value '${problem.value}' ${problem.words} @ '${path}'`;
  return { type: 'WrongType', text, node: argument.node };
};

const variablePosition: Writer = (error, { path }) => {
  const [, type = '', expected = ''] = quoted(error);
  const text = `Variable type '${type}' doesn't match expected type '${expected}' @ '${path}'`;
  return { type: 'VariableTypeMismatch', text, node: error.nodes?.[1] };
};

const WRITERS: Record<string, Writer | undefined> = {
  FieldsOnCorrectTypeRule: (error, { path, parentType }) => {
    const text = `Field '${quoted(error)[0] ?? ''}' in type '${parentType}' is undefined @ '${path}'`;
    return { type: 'FieldUndefined', text, node: error.nodes?.[0] };
  },
  KnownArgumentNamesRule: naming('UnknownArgument', 'Unknown field argument'),
  KnownDirectivesRule: naming('UnknownDirective', 'Unknown directive'),
  KnownFragmentNamesRule: naming('UndefinedFragment', 'Undefined fragment'),
  KnownTypeNamesRule: naming('UnknownType', 'Unknown type', false),
  NoUndefinedVariablesRule: naming('UndefinedVariable', 'Undefined variable'),
  NoUnusedFragmentsRule: naming('UnusedFragment', 'Unused fragment', false),
  NoUnusedVariablesRule: naming('UnusedVariable', 'Unused variable', false),
  ProvidedRequiredArgumentsRule: naming('MissingFieldArgument', 'Missing field argument', true, 1),
  ScalarLeafsRule: subSelection,
  ValuesOfCorrectTypeRule: wrongType,
  VariablesInAllowedPositionRule: variablePosition,
};

/** Words what breaks rules of GraphQL as the service does; `ruleOf` tells which rule reported what. */
export function validationTexts(
  schema: GraphQLSchema,
  document: DocumentNode,
  errors: readonly (readonly [error: GraphQLError, rule: string, type: string])[],
): ValidationText[] {
  const sites = sitesOf(schema, document);
  const nowhere: Site = { path: '', parentType: '', argument: null };
  const texts = errors.map(([error, rule, type]) => {
    const [first, second] = error.nodes ?? [];
    const about = rule === 'VariablesInAllowedPositionRule' ? second : first;
    const site = (about && sites.get(about)) ?? nowhere;
    return WRITERS[rule]?.(error, site) ?? { type, text: error.message, node: first };
  });
  // The service tells one problem of an argument, however many its value has.
  const seen = new Set<ASTNode>();
  return texts.filter(({ type, node }) => {
    if (type !== 'WrongType' || node?.kind !== Kind.ARGUMENT) return true;
    const isNew = !seen.has(node);
    seen.add(node);
    return isNew;
  });
}
