import { execute, getVariableValues, OperationTypeNode } from 'graphql';
import { limits } from '../limits.ts';
import { openSession } from './api-runtime.ts';
import type { ApiRuntime, AuthenticatedRequest } from './api-runtime.ts';
import { toWireError } from './field-error.ts';
import type { WireError } from './field-error.ts';
import { prepareOperation, RequestRefused } from './prepare-operation.ts';
import type { GraphQLRequest, Operation } from './prepare-operation.ts';
import type { RequestSession } from './request-session.ts';
import { createFieldResolver } from './resolve-field.ts';
import { variableError } from './variable-text.ts';

const MAX_VARIABLE_ERRORS = 50;

/** What goes back to the client, and what a mutation leaves to publish. */
export interface Execution {
  operation: Operation;
  session: RequestSession;
  /** Coerced. */
  variableValues: Record<string, unknown>;
  data: Record<string, unknown> | null;
  errors: Partial<WireError>[];
}

/** Rejects with `RequestRefused` when the work takes longer than a request may. */
export async function withDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `The request ran longer than ${limits.requestMs} ms.`;
      reject(
        new RequestRefused(200, [{ path: null, locations: null, errorType: 'ExecutionTimeout', message }]),
      );
    }, limits.requestMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks the variables against their declared types. Throws `RequestRefused`. */
export function coerceVariables(
  api: ApiRuntime,
  { node }: Operation,
  variables: Record<string, unknown>,
): Record<string, unknown> {
  const result = getVariableValues(api.schema, node.variableDefinitions ?? [], variables, {
    maxErrors: MAX_VARIABLE_ERRORS,
  });
  if (result.coerced) return result.coerced;
  if (result.errors.some((error) => (error as Error) instanceof RangeError)) {
    const message = 'The variables are nested too deeply.';
    throw new RequestRefused(400, [{ errorType: 'BadRequestException', message }]);
  }
  const reason = result.errors.map(({ message }) => message).join('; ');
  const error = variableError(api.schema, node, variables) ?? {
    path: null,
    locations: null,
    message: reason,
  };
  throw new RequestRefused(200, [error], reason);
}

/** Executes a query or a mutation of a known caller. Throws `RequestRefused`. */
export async function executeOperation(
  api: ApiRuntime,
  request: AuthenticatedRequest,
  graphql: GraphQLRequest,
): Promise<Execution> {
  const operation = prepareOperation(api, graphql);
  const kind = operation.node.operation;
  if (kind === OperationTypeNode.SUBSCRIPTION) {
    const message = 'Subscriptions run over the real-time endpoint, not over HTTP.';
    throw new RequestRefused(400, [{ errorType: 'BadRequestException', message }]);
  }
  const { variables } = graphql;
  const variableValues = coerceVariables(api, operation, variables);
  const session = openSession(request, { operation: kind, variables, fragments: operation.fragments });
  const executing = execute({
    schema: api.schema,
    document: operation.document,
    contextValue: session,
    variableValues: variables,
    operationName: graphql.operationName,
    fieldResolver: createFieldResolver(api),
  });
  const result = await withDeadline(Promise.resolve(executing));
  const errors = [
    ...session.appended,
    ...(result.errors ?? []).map((error) => toWireError(error, api.schema)),
  ];
  return { operation, session, variableValues, data: result.data ?? null, errors };
}
