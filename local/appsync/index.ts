import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Authenticator } from './auth/authenticate.ts';
import { FieldAccess } from './auth/field-access.ts';
import { LambdaAuthorizer } from './auth/lambda-authorizer.ts';
import type { AppSyncApiDefinition } from './definition.ts';
import type { ApiRuntime } from './execution/api-runtime.ts';
import { buildResolverTable } from './execution/resolver-table.ts';
import { handleHttp } from './http/handle-http.ts';
import { limits } from './limits.ts';
import type { AppSyncPorts } from './ports.ts';
import { Hub } from './realtime/hub.ts';
import { buildSchema } from './schema/build-schema.ts';

export type * from './definition.ts';
export type * from './ports.ts';

/** One running GraphQL API. */
export interface AppSync {
  /** Answers the GraphQL path: POST, and the preflight of browsers. Never rejects. */
  handleHttp(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers the upgrade of the real-time path, `<graphql path>/realtime`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every real-time connection and waits for the requests in flight. */
  close(): Promise<void>;
}

interface AppSyncOptions {
  /** Time between keep-alive frames; the service's own when left out. */
  keepAliveMs?: number;
}

function buildRuntime(definition: AppSyncApiDefinition, ports: AppSyncPorts): ApiRuntime {
  const { schema, subscriptionsOf } = buildSchema(definition.schemaSdl);
  const faults: string[] = [];
  const resolvers = buildResolverTable(schema, definition, faults);
  if (faults.length > 0) throw new Error(`the service would refuse the API:\n${faults.join('\n')}`);
  const access = new FieldAccess(schema, definition, ports.isAllowed);
  return { definition, ports, schema, subscriptionsOf, access, resolvers };
}

/** Stands up one API. Throws with every fault at once when the service would refuse the schema or a resolver. */
export function createAppSync(
  definition: AppSyncApiDefinition,
  ports: AppSyncPorts,
  { keepAliveMs = limits.keepAliveMs }: AppSyncOptions = {},
): AppSync {
  const api = buildRuntime(definition, ports);
  const authenticator = new Authenticator(definition, ports, new LambdaAuthorizer(definition, ports));
  const hub = new Hub({ api, authenticator, keepAliveMs });
  const service = { api, authenticator, publish: hub.publish.bind(hub) };
  const inFlight = new Set<Promise<void>>();
  return {
    handleHttp(request, response) {
      const handled = handleHttp(service, request, response).finally(() => inFlight.delete(handled));
      inFlight.add(handled);
      return handled;
    },
    handleUpgrade(request, socket, head) {
      hub.handleUpgrade(request, socket, head);
    },
    async close() {
      hub.close();
      await Promise.all(inFlight);
    },
  };
}
