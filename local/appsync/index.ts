import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppSyncApiDefinition } from './definition.ts';
import type { AppSyncPorts } from './ports.ts';

export type * from './definition.ts';
export type * from './ports.ts';

/** One running GraphQL API. */
export interface AppSync {
  /** Answers the GraphQL path: POST, and the preflight of browsers. */
  handleHttp(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers the upgrade of the real-time path, `<graphql path>/realtime`. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every real-time connection and waits for the requests in flight. */
  close(): Promise<void>;
}

/** Stands up one API. Throws with every fault at once when the schema or a resolver would be refused by the service. */
export declare function createAppSync(definition: AppSyncApiDefinition, ports: AppSyncPorts): AppSync;
