import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { createAppSync } from '../../../local/appsync/index.ts';
import type {
  AppSyncApiDefinition,
  AppSyncPorts,
  DynamoDbCall,
  IamPrincipal,
  LambdaOutcome,
  LogEntry,
} from '../../../local/appsync/index.ts';
import type { WireError } from '../../../local/appsync/execution/field-error.ts';
import { sha256Hex, verifyRequest } from '../../../local/sigv4/index.ts';
import type { ServerIdentity } from '../../../local/tls/index.ts';
import { AUTHORIZER_FUNCTION, notesApi, OIDC_ISSUER, TABLE_NAME } from './notes-app.ts';

// The package has no types, and of its server only this much is needed.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

const ISSUER = 'http://issuer.test/eu-west-1_pool';

export const BACKEND_KEYS = { accessKeyId: 'AKIABACKEND', secretAccessKey: 'backend-secret' };

const BACKEND: IamPrincipal = {
  accessKeyId: BACKEND_KEYS.accessKeyId,
  accountId: '123456789012',
  userId: 'AROABACKEND:worker',
  userArn: 'arn:aws:sts::123456789012:assumed-role/worker/worker',
  roleArn: 'arn:aws:iam::123456789012:role/worker',
};

/** Everything a test may look at or change. */
export interface Notes {
  url: string;
  realtimeUrl: string;
  /** Payloads of every call of the notes function. */
  invoked: unknown[];
  /** Events that the authorizer got. */
  authorized: unknown[];
  log: LogEntry[];
  clock: { nowMs(): number; advanceMs: number };
  token(claims: Record<string, unknown>): Promise<string>;
  /** Of the OpenID Connect provider; any of its claims may be others. */
  visitorToken(claims?: Record<string, unknown>): Promise<string>;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** How many WebSockets were opened since the start. */
  connections(): number;
  /** Cuts every WebSocket as a broken network does. */
  dropSockets(): void;
  close(): Promise<void>;
}

interface NotesOptions {
  definition?: AppSyncApiDefinition;
  /** Serves `https` and `wss` with it. */
  tls?: ServerIdentity;
  keepAliveMs?: number;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

function dynamodbAt(port: number): DynamoDbCall {
  return async (operation, input) => {
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20261122T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20261122/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b',
      },
      body: JSON.stringify(input),
    });
    const body = (await response.json()) as Record<string, unknown> & { __type?: string; message?: string };
    if (response.ok) return body;
    throw Object.assign(new Error(body.message), { name: body.__type, Item: body.Item });
  };
}

async function createTable(call: DynamoDbCall): Promise<void> {
  await call('CreateTable' as never, {
    TableName: TABLE_NAME,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['shelf', 'id'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'shelf', KeyType: 'HASH' },
      { AttributeName: 'id', KeyType: 'RANGE' },
    ],
  });
}

/** The application's one function: direct calls, a search, and a batch of owners. */
function notesFunction(payload: unknown): LambdaOutcome {
  if (Array.isArray(payload)) {
    return {
      payload: payload.map(({ owner }: { owner: string }) => ({ id: owner, name: `Name of ${owner}` })),
    };
  }
  const { find, arguments: args } = payload as { find?: string; arguments?: { text: string } };
  if (find === 'boom') {
    return { payload: { errorMessage: 'It went wrong', errorType: 'Error' }, functionError: 'Unhandled' };
  }
  return { payload: args ? `direct ${args.text}` : ['b', 'missing', 'a'] };
}

function authorize(event: unknown): LambdaOutcome {
  const { authorizationToken } = event as { authorizationToken: string };
  if (authorizationToken === 'custom-crash')
    return { payload: { errorMessage: 'x' }, functionError: 'Unhandled' };
  const deniedFields = authorizationToken === 'custom-denied' ? ['Query.direct', 'Note.title'] : [];
  const isAuthorized = authorizationToken.startsWith('custom-');
  return { payload: { isAuthorized, resolverContext: { who: authorizationToken }, deniedFields } };
}

/** Starts the application on its own table and port, with real tokens and signatures. */
export async function startNotes({
  definition = notesApi,
  tls,
  keepAliveMs = 50,
}: NotesOptions = {}): Promise<Notes> {
  const database = dynalite({ createTableMs: 0 });
  const call = dynamodbAt(await listen(database));
  await createTable(call);
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  await exportJWK(publicKey);
  const invoked: unknown[] = [];
  const authorized: unknown[] = [];
  const log: LogEntry[] = [];
  const clock = { advanceMs: 0, nowMs: () => Date.now() + clock.advanceMs };
  const ports: AppSyncPorts = {
    invokeLambda: (functionArn, payload) => {
      const isAuthorizer = functionArn === AUTHORIZER_FUNCTION;
      (isAuthorizer ? authorized : invoked).push(payload);
      return Promise.resolve(isAuthorizer ? authorize(payload) : notesFunction(payload));
    },
    dynamodb: () => call,
    verifyJwt: async (mode, token) => {
      const issuer = mode.type === 'OPENID_CONNECT' ? mode.issuer : ISSUER;
      return (await jwtVerify(token, publicKey, { issuer, algorithms: ['RS256'] })).payload;
    },
    issuerOf: () => ISSUER,
    verifySigV4: (request) => {
      const lookup = (id: string) =>
        id === BACKEND_KEYS.accessKeyId
          ? { secretAccessKey: BACKEND_KEYS.secretAccessKey, principal: BACKEND }
          : undefined;
      const signed = { ...request, bodyHash: sha256Hex(Buffer.from(request.body)) };
      return Promise.resolve(
        verifyRequest(signed, lookup, { nowMs: Date.now(), service: 'appsync' }).principal,
      );
    },
    isAllowed: (_, action, resource) =>
      action === 'appsync:GraphQL' &&
      /(Mutation\/fields\/announce|Subscription\/fields\/onNote|Query\/fields\/context)$/.test(resource),
    log: (entry) => log.push(entry),
    clock,
  };
  const appSync = createAppSync(definition, ports, { keepAliveMs });
  const handle: RequestListener = (request, response) => {
    void appSync.handleHttp(request, response);
  };
  const server = tls ? createSecureServer(tls, handle) : createServer(handle);
  const sockets = new Set<Duplex>();
  let connections = 0;
  server.on('upgrade', (request, socket, head) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    appSync.handleUpgrade(request, socket, head);
  });
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}/graphql`;
  return {
    url,
    realtimeUrl: `${url.replace('http', 'ws')}/realtime`,
    invoked,
    authorized,
    log,
    clock,
    token: (claims) =>
      new SignJWT({ client_id: 'console', username: 'ada', ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(ISSUER)
        .setSubject('sub-1')
        .setExpirationTime('1h')
        .sign(privateKey),
    visitorToken: (claims = {}) =>
      new SignJWT({ iss: OIDC_ISSUER, sub: 'visitor-1', aud: 'visitors-web', ...claims })
        .setProtectedHeader({ alg: 'RS256' })
        .setExpirationTime('1h')
        .sign(privateKey),
    post: (body, headers = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    connections: () => connections,
    dropSockets: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      await appSync.close();
      await closeServer(server);
      await closeServer(database);
    },
  };
}

/** Posts a query and returns the answer's body. */
export async function ask(
  notes: Notes,
  query: string,
  { variables = {}, authorization }: { variables?: Record<string, unknown>; authorization: string },
): Promise<{ data: Record<string, unknown> | null; errors?: WireError[] }> {
  const response = await notes.post({ query, variables }, { authorization });
  return (await response.json()) as never;
}
