import {
  execute,
  getArgumentValues,
  getNamedType,
  GraphQLError,
  isCompositeType,
  isObjectType,
  OperationTypeNode,
} from 'graphql';
import type { FieldNode, GraphQLNamedType, GraphQLObjectType } from 'graphql';
import type { Caller } from '../auth/caller.ts';
import { openSession } from '../execution/api-runtime.ts';
import type { ApiRuntime, AuthenticatedRequest } from '../execution/api-runtime.ts';
import { coerceVariables, withDeadline } from '../execution/execute-operation.ts';
import { FieldError, notAuthorized, toWireError } from '../execution/field-error.ts';
import type { WireError } from '../execution/field-error.ts';
import { prepareOperation, RequestRefused } from '../execution/prepare-operation.ts';
import type { GraphQLRequest, Operation } from '../execution/prepare-operation.ts';
import { resolveCall } from '../execution/resolve-field.ts';
import { collectFields } from '../execution/selection-set.ts';
import type { SelectionScope } from '../execution/selection-set.ts';
import type { SubscriptionFilter } from '../library/handler-session.ts';
import { matchesArguments, matchesFilter } from './match-filter.ts';

/** A subscription that its resolver accepted. */
export interface Subscription {
  fieldName: string;
  /** Tells whether a payload passes the arguments, or the filter that the resolver set instead. */
  accepts(payload: Record<string, unknown>): boolean;
  /** Set by the resolver; null when the subscription cannot be invalidated. */
  invalidationFilter: SubscriptionFilter | null;
  /** The same for every subscription that selects the same fields: one projection serves them all. */
  shape: string;
  /** Reads the selected fields out of what a mutation published. */
  project(payload: Record<string, unknown>): Promise<{ data: unknown; errors?: Partial<WireError>[] }>;
}

function refuse(errorType: string, message: string): never {
  throw new RequestRefused(400, [{ errorType, message }]);
}

function requireField(api: ApiRuntime, operation: Operation, scope: SelectionScope): FieldNode[] {
  const fields = [...collectFields([operation.node.selectionSet], scope).values()];
  const [nodes] = fields;
  if (fields.length !== 1 || !nodes)
    refuse('BadRequestException', 'A subscription selects exactly one field.');
  const name = nodes[0]?.name.value ?? '';
  if (!api.schema.getSubscriptionType()?.getFields()[name]) {
    refuse('BadRequestException', `'${name}' is not a field of Subscription.`);
  }
  return nodes;
}

/** Checks every selected field below the root: the caller must be allowed to read each one. */
function checkSelection(
  api: ApiRuntime,
  caller: Caller,
  scope: SelectionScope,
  start: [GraphQLNamedType, FieldNode[]],
): void {
  const pending = [start];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const [type, nodes] = entry;
    const possible = isObjectType(type)
      ? [type]
      : isCompositeType(type)
        ? api.schema.getPossibleTypes(type)
        : [];
    for (const children of collectFields(
      nodes.map((node) => node.selectionSet),
      scope,
    ).values()) {
      const name = children[0]?.name.value ?? '';
      for (const owner of possible) {
        const field = owner.getFields()[name];
        if (field && !api.access.allows(caller, owner, name)) throw notAuthorized(owner.name, name);
        if (field && isCompositeType(getNamedType(field.type)))
          pending.push([getNamedType(field.type), children]);
      }
    }
  }
}

function asRefusal(api: ApiRuntime, thrown: unknown, nodes: FieldNode[]): unknown {
  if (!(thrown instanceof FieldError)) return thrown;
  const path = [nodes[0]?.alias?.value ?? nodes[0]?.name.value ?? ''];
  return new RequestRefused(400, [
    toWireError(new GraphQLError(thrown.message, { nodes, path, originalError: thrown }), api.schema),
  ]);
}

/** Checks a subscription, runs its resolver once, and returns what decides on later payloads. Throws `RequestRefused`. */
export async function startSubscription(
  api: ApiRuntime,
  request: AuthenticatedRequest,
  graphql: GraphQLRequest,
): Promise<Subscription> {
  const operation = prepareOperation(api, graphql);
  const kind = operation.node.operation;
  if (kind !== OperationTypeNode.SUBSCRIPTION)
    refuse('UnsupportedOperation', `${kind} not supported through the realtime channel`);
  const { variables } = graphql;
  const variableValues = coerceVariables(api, operation, variables);
  const { fragments } = operation;
  const scope: SelectionScope = { fragments, variableValues };
  const nodes = requireField(api, operation, scope);
  const parentType = api.schema.getSubscriptionType() as GraphQLObjectType;
  const fieldName = nodes[0]?.name.value ?? '';
  const field = parentType.getFields()[fieldName]!;
  const args = getArgumentValues(field, nodes[0]!, variableValues);
  const session = openSession(request, { operation: 'subscription', variables, fragments });
  const path = [nodes[0]?.alias?.value ?? fieldName];
  try {
    checkSelection(api, request.caller, scope, [getNamedType(field.type), nodes]);
    const call = { parentType, fieldName, fieldNodes: nodes, path, source: null, args, variableValues };
    await withDeadline(Promise.resolve(resolveCall(api, session, call)));
  } catch (thrown) {
    throw asRefusal(api, thrown, nodes);
  }
  if (session.appended.length > 0) throw new RequestRefused(400, session.appended);
  const { subscriptionFilter, invalidationFilter } = session;
  return {
    fieldName,
    invalidationFilter,
    shape: JSON.stringify([graphql.query, graphql.operationName, variables]),
    accepts: (payload) =>
      subscriptionFilter ? matchesFilter(payload, subscriptionFilter) : matchesArguments(payload, args),
    project: async (payload) => projectPayload(api, operation, graphql, { [fieldName]: payload }),
  };
}

/** Leaves of a payload were serialized when the mutation answered; projecting only picks them. */
async function projectPayload(
  api: ApiRuntime,
  { document }: Operation,
  { variables, operationName }: GraphQLRequest,
  rootValue: unknown,
): Promise<{ data: unknown; errors?: Partial<WireError>[] }> {
  const result = await execute({
    schema: api.schema,
    document,
    rootValue,
    variableValues: variables,
    operationName,
    fieldResolver: (source: unknown, _args, _context, info) => {
      const owner = source as Record<string, unknown> | null;
      return owner && Object.hasOwn(owner, info.fieldName) ? owner[info.fieldName] : null;
    },
  });
  const data = result.data ?? null;
  return result.errors
    ? { data, errors: result.errors.map((error) => toWireError(error, api.schema)) }
    : { data };
}
