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
import type { WireError } from './field-error.ts';
import { selectionDepth } from './selection-set.ts';
import { validationTexts } from './validation-text.ts';
import type { ValidationText } from './validation-text.ts';

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
  /** For the log: what the service's own words do not tell. */
  readonly reason: string | null;

  constructor(status: number, errors: readonly Partial<WireError>[], reason: string | null = null) {
    super(errors.map((error) => error.message).join('; '));
    this.name = 'RequestRefused';
    this.status = status;
    this.errors = errors;
    this.reason = reason;
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
function noting(rule: ValidationRule, rules: Map<GraphQLError, string>): ValidationRule {
  return (context) => {
    const reportError = (error: GraphQLError): void => {
      rules.set(error, rule.name);
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

function toValidationError({ type, text, node }: ValidationText): Partial<WireError> {
  const start = node?.loc?.startToken;
  const locations = start ? [{ line: start.line, column: start.column, sourceName: null }] : null;
  return { path: null, locations, message: `Validation error of type ${type}: ${text}` };
}

function checkDocument(api: ApiRuntime, document: DocumentNode): void {
  const ruleOf = new Map<GraphQLError, string>();
  const rules = api.definition.introspection
    ? specifiedRules
    : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(
    api.schema,
    document,
    rules.map((rule) => noting(rule, ruleOf)),
  );
  if (errors.length === 0) return;
  const told = errors.map((error) => {
    const rule = ruleOf.get(error) ?? '';
    return [error, rule, TYPES[rule] ?? 'InvalidSyntax'] as const;
  });
  throw new RequestRefused(200, validationTexts(api.schema, document, told).map(toValidationError));
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
