import {
  getOperationAST,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  ValidationContext,
  ValidationRule,
} from 'graphql';
import { limits } from '../limits.ts';
import type { ApiRuntime } from './api-runtime.ts';
import { toValidationError } from './field-error.ts';
import type { WireError } from './field-error.ts';
import { selectionDepth } from './selection-set.ts';

/** What a client asks for. */
export interface GraphQLRequest {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | null;
}

/** A request refused as a whole. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly errors: readonly Partial<WireError>[];

  constructor(status: number, errors: readonly Partial<WireError>[]) {
    super(errors.map((error) => error.message).join('; '));
    this.name = 'RequestRefused';
    this.status = status;
    this.errors = errors;
  }
}

/** A parsed and valid operation. */
export interface Operation {
  document: DocumentNode;
  node: OperationDefinitionNode;
  fragments: Record<string, FragmentDefinitionNode>;
}

/** The service's names for what breaks a rule of GraphQL. */
const TYPES: Record<string, string | undefined> = {
  FieldsOnCorrectTypeRule: 'FieldUndefined',
  KnownArgumentNamesRule: 'UnknownArgument',
  KnownDirectivesRule: 'UnknownDirective',
  KnownFragmentNamesRule: 'UndefinedFragment',
  KnownTypeNamesRule: 'UnknownType',
  NoFragmentCyclesRule: 'FragmentCycle',
  NoUndefinedVariablesRule: 'UndefinedVariable',
  NoUnusedFragmentsRule: 'UnusedFragment',
  NoUnusedVariablesRule: 'UnusedVariable',
  OverlappingFieldsCanBeMergedRule: 'FieldsConflict',
  PossibleFragmentSpreadsRule: 'InvalidFragmentType',
  ProvidedRequiredArgumentsRule: 'MissingFieldArgument',
  ScalarLeafsRule: 'SubSelectionRequired',
  UniqueOperationNamesRule: 'DuplicateOperationName',
  UniqueVariableNamesRule: 'DuplicateVariableName',
  ValuesOfCorrectTypeRule: 'WrongType',
  VariablesAreInputTypesRule: 'NonInputTypeOnVariable',
  VariablesInAllowedPositionRule: 'VariableTypeMismatch',
  NoSchemaIntrospectionCustomRule: 'IntrospectionDisabled',
};

/** Lets a rule report as before, and notes which rule it was. */
function noting(rule: ValidationRule, types: Map<GraphQLError, string>): ValidationRule {
  return (context) => {
    const reportError = (error: GraphQLError): void => {
      types.set(error, TYPES[rule.name] ?? 'InvalidSyntax');
      context.reportError(error);
    };
    return rule(Object.create(context, { reportError: { value: reportError } }) as ValidationContext);
  };
}

function parseQuery(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: limits.queryTokens });
  } catch (thrown) {
    const message =
      `Unable to parse GraphQL query. ${thrown instanceof GraphQLError ? thrown.message : ''}`.trim();
    throw new RequestRefused(400, [{ errorType: 'MalformedHttpRequestException', message }]);
  }
}

function checkDocument(api: ApiRuntime, document: DocumentNode): void {
  const types = new Map<GraphQLError, string>();
  const rules = api.definition.introspection
    ? specifiedRules
    : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(
    api.schema,
    document,
    rules.map((rule) => noting(rule, types)),
  );
  if (errors.length === 0) return;
  throw new RequestRefused(
    200,
    errors.map((error) => toValidationError(error, types.get(error) ?? null)),
  );
}

function checkDepth(api: ApiRuntime, operation: Operation): void {
  const limit = api.definition.queryDepthLimit || limits.queryDepth;
  const depth = selectionDepth(operation.node.selectionSet, operation);
  if (depth <= limit) return;
  const message = `The query is ${depth} levels deep; the limit is ${limit}.`;
  throw new RequestRefused(200, [
    { path: null, locations: null, errorType: 'QueryDepthLimitReached', message },
  ]);
}

/** Parses, validates and bounds a request. Throws `RequestRefused`. */
export function prepareOperation(api: ApiRuntime, request: GraphQLRequest): Operation {
  const document = parseQuery(request.query);
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  checkDocument(api, document);
  const node = getOperationAST(document, request.operationName);
  if (!node) {
    const message = `The document has no operation ${request.operationName ?? '(name one: it has several or none)'}.`;
    throw new RequestRefused(400, [{ errorType: 'BadRequestException', message }]);
  }
  const operation = { document, node, fragments };
  checkDepth(api, operation);
  return operation;
}
