import { responsePathAsArray } from 'graphql';
import type { FieldNode, GraphQLFieldResolver, GraphQLObjectType } from 'graphql';
import type { HandlerContext } from '../runtime/evaluate-handler.ts';
import type { ApiRuntime } from './api-runtime.ts';
import { notAuthorized } from './field-error.ts';
import type { WireError } from './field-error.ts';
import type { RequestSession } from './request-session.ts';
import type { CompiledResolver } from './resolver-table.ts';
import { runResolver } from './run-resolver.ts';
import { pickSelected, selectionSetGraphQL, selectionSetList } from './selection-set.ts';

/** A field as a request asks for it. */
interface FieldCall {
  parentType: GraphQLObjectType;
  fieldName: string;
  fieldNodes: readonly FieldNode[];
  path: readonly (string | number)[];
  source: unknown;
  args: Record<string, unknown>;
  variableValues: Record<string, unknown>;
}

function contextOf(api: ApiRuntime, session: RequestSession, call: FieldCall): HandlerContext {
  const scope = { fragments: session.fragments, variableValues: call.variableValues };
  return {
    arguments: call.args,
    identity: session.caller.identity,
    source: call.source ?? null,
    stash: {},
    prev: null,
    info: {
      fieldName: call.fieldName,
      parentTypeName: call.parentType.name,
      variables: session.variables,
      selectionSetList: selectionSetList(call.fieldNodes, scope),
      selectionSetGraphQL: selectionSetGraphQL(call.fieldNodes),
    },
    request: { headers: session.headers, domainName: null },
    env: api.definition.environmentVariables,
  };
}

function locationsOf(nodes: readonly FieldNode[]): WireError['locations'] {
  return nodes.flatMap(({ loc }) =>
    loc ? [{ line: loc.startToken.line, column: loc.startToken.column, sourceName: null }] : [],
  );
}

function readProperty(source: unknown, name: string): unknown {
  const owner = source as Record<string, unknown> | null | undefined;
  return owner !== null && typeof owner === 'object' && Object.hasOwn(owner, name) ? owner[name] : null;
}

async function runField(
  api: ApiRuntime,
  session: RequestSession,
  call: FieldCall,
  resolver: CompiledResolver,
): Promise<unknown> {
  const context = contextOf(api, session, call);
  const scope = { fragments: session.fragments, variableValues: call.variableValues };
  const run = {
    api,
    session,
    context,
    path: call.path,
    locations: locationsOf(call.fieldNodes),
    pickData: (data: unknown) => pickSelected(data, call.fieldNodes, scope),
    refusal: () => notAuthorized(call.parentType.name, call.fieldName),
  };
  const value = await runResolver(run, resolver);
  // Denied only now: the service nulls the field after its work was done.
  if (session.caller.deniedFields.has(resolver.name))
    throw notAuthorized(call.parentType.name, call.fieldName);
  return value;
}

/** Resolves one field: checks the caller, then runs its resolver or reads the parent's property. */
export function resolveCall(api: ApiRuntime, session: RequestSession, call: FieldCall): unknown {
  const { parentType, fieldName } = call;
  if (!api.access.allows(session.caller, parentType, fieldName))
    throw notAuthorized(parentType.name, fieldName);
  const name = `${parentType.name}.${fieldName}`;
  const resolver = api.resolvers.get(name);
  if (resolver) return runField(api, session, call, resolver);
  if (session.caller.deniedFields.has(name)) throw notAuthorized(parentType.name, fieldName);
  return readProperty(call.source, fieldName);
}

/** Returns the resolver that execution uses for every field of the schema. */
export function createFieldResolver(api: ApiRuntime): GraphQLFieldResolver<unknown, RequestSession> {
  return (source, args: Record<string, unknown>, session, info) =>
    resolveCall(api, session, {
      parentType: info.parentType,
      fieldName: info.fieldName,
      fieldNodes: info.fieldNodes,
      path: responsePathAsArray(info.path),
      source,
      args,
      variableValues: info.variableValues,
    });
}
