import type { FragmentDefinitionNode } from 'graphql';
import type { Caller } from '../auth/caller.ts';
import type { LambdaBatches } from '../datasource/lambda-batch.ts';
import type { ResponseHeaders } from '../library/http.ts';
import type { Invalidation, SubscriptionFilter } from '../library/handler-session.ts';
import type { WireError } from './field-error.ts';

/** Everything that lives as long as one GraphQL request. */
export interface RequestSession {
  requestId: string;
  caller: Caller;
  /** Lower-case names. */
  headers: Record<string, string>;
  operation: 'query' | 'mutation' | 'subscription';
  /** As they came. */
  variables: Record<string, unknown>;
  fragments: Readonly<Record<string, FragmentDefinitionNode | undefined>>;
  /** What `util.appendError` added. */
  appended: WireError[];
  /** What `util.http` added; over WebSocket nobody sees it. */
  responseHeaders: ResponseHeaders;
  resolversRun: number;
  batches: LambdaBatches;
  invalidations: Invalidation[];
  subscriptionFilter: SubscriptionFilter | null;
  invalidationFilter: SubscriptionFilter | null;
}
