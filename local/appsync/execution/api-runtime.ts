import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../auth/caller.ts';
import type { FieldAccess } from '../auth/field-access.ts';
import type { AppSyncApiDefinition } from '../definition.ts';
import { LambdaBatches } from '../datasource/lambda-batch.ts';
import { ResponseHeaders } from '../library/http.ts';
import type { AppSyncPorts } from '../ports.ts';
import type { RequestSession } from './request-session.ts';
import type { ResolverTable } from './resolver-table.ts';

/** One API, checked and compiled. */
export interface ApiRuntime {
  definition: AppSyncApiDefinition;
  ports: AppSyncPorts;
  schema: GraphQLSchema;
  /** Mutation field to the subscription fields that it feeds. */
  subscriptionsOf: ReadonlyMap<string, readonly string[]>;
  access: FieldAccess;
  resolvers: ResolverTable;
}

/** A request whose caller is known. */
export interface AuthenticatedRequest {
  requestId: string;
  caller: Caller;
  /** Lower-case names. */
  headers: Record<string, string>;
}

/** Returns a session without anything done yet. */
export function openSession(
  request: AuthenticatedRequest,
  parts: Pick<RequestSession, 'operation' | 'variables' | 'fragments'>,
): RequestSession {
  return {
    ...request,
    ...parts,
    appended: [],
    responseHeaders: new ResponseHeaders(),
    resolversRun: 0,
    batches: new LambdaBatches(),
    invalidations: [],
    subscriptionFilter: null,
    invalidationFilter: null,
  };
}
