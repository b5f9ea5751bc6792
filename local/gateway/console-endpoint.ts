import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppSync } from '../appsync/index.ts';
import { CognitoError } from '../identity/index.ts';
import type { Issuer } from '../identity/index.ts';
import { isLocalHost, localOrigin } from './host-check.ts';
import { BodyTooLarge, readBody, sendJson } from './http-body.ts';
import type { RequestTarget } from './listen.ts';
import { securityHeaders, serveStatic } from './static-files.ts';

export interface ConsoleEndpointOptions {
  port: number;
  awsUrl: string;
  consoleFolder: string;
  appSync: AppSync | null;
  issuer: Issuer;
  poolIds: string[];
  signIn(input: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** What the console reads first. */
  config: object;
}

const COGNITO_PATH = '/cognito';
const SIGN_IN_LIMIT_BYTES = 64 * 1024;

/** Answers the main port: GraphQL, sign-in, the console's configuration and the console itself. */
export function createConsoleEndpoint(options: ConsoleEndpointOptions): RequestTarget {
  const { port, awsUrl } = options;
  const own = [`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`, `ws://localhost:${port}`];
  const headers = securityHeaders([...own, awsUrl]);
  return {
    async handleRequest(request, response) {
      if (!isLocalHost(request, port)) {
        sendJson(
          response,
          { message: `unknown host ${request.headers.host}; use http://127.0.0.1:${port}` },
          { statusCode: 421 },
        );
        return;
      }
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      if (path === '/graphql' && options.appSync) return options.appSync.handleHttp(request, response);
      if (path === COGNITO_PATH || path.startsWith(`${COGNITO_PATH}/`))
        return answerCognito(request, response, { path, options });
      if (path === '/config.json') {
        sendJson(response, options.config, { headers: { ...headers, 'cache-control': 'no-store' } });
        return;
      }
      return serveStatic(request, response, { folder: options.consoleFolder, headers });
    },
    handleUpgrade(request, socket, head) {
      const path = (request.url ?? '').split('?')[0];
      if (isLocalHost(request, port) && path === '/graphql/realtime' && options.appSync)
        options.appSync.handleUpgrade(request, socket, head);
      else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
    },
  };
}

async function answerCognito(
  request: IncomingMessage,
  response: ServerResponse,
  { path, options }: { path: string; options: ConsoleEndpointOptions },
): Promise<void> {
  const cors = corsHeaders(request);
  if (request.method === 'OPTIONS') {
    response.writeHead(204, cors).end();
  } else if (request.method === 'GET') {
    answerWellKnown(response, { path, options, cors });
  } else if (request.method === 'POST') {
    await answerSignIn(request, response, { options, cors });
  } else {
    response.writeHead(405, { ...cors, allow: 'GET, POST, OPTIONS' }).end();
  }
}

function corsHeaders(request: IncomingMessage): Record<string, string> {
  const origin = localOrigin(request);
  if (origin === null) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers':
      'content-type, x-amz-target, x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, cache-control',
    'access-control-max-age': '600',
    vary: 'origin',
  };
}

function answerWellKnown(
  response: ServerResponse,
  { path, options, cors }: { path: string; options: ConsoleEndpointOptions; cors: Record<string, string> },
): void {
  const { issuer, poolIds } = options;
  const match = /^\/cognito\/([\w-]+)\/\.well-known\/(jwks\.json|openid-configuration)$/.exec(path);
  const poolId = match?.[1] ?? '';
  if (!poolIds.includes(poolId)) {
    sendJson(response, { message: 'not found' }, { statusCode: 404, headers: cors });
    return;
  }
  if (match?.[2] === 'jwks.json') {
    sendJson(response, issuer.keySet(), { headers: cors });
    return;
  }
  const discovery = {
    issuer: issuer.issuerOf(poolId),
    jwks_uri: `${issuer.issuerOf(poolId)}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
  };
  sendJson(response, discovery, { headers: cors });
}

async function answerSignIn(
  request: IncomingMessage,
  response: ServerResponse,
  { options, cors }: { options: ConsoleEndpointOptions; cors: Record<string, string> },
): Promise<void> {
  const headers = { ...cors, 'content-type': 'application/x-amz-json-1.1', 'cache-control': 'no-store' };
  try {
    const body = await readBody(request, SIGN_IN_LIMIT_BYTES);
    const target = request.headers['x-amz-target'];
    if (target !== 'AWSCognitoIdentityProviderService.InitiateAuth') {
      throw new CognitoError(
        'UnknownOperationException',
        `${String(target)} does not run on one machine; InitiateAuth does`,
      );
    }
    sendJson(response, await options.signIn(readObject(body)), { headers });
  } catch (error) {
    if (!(error instanceof CognitoError || error instanceof BodyTooLarge)) throw error;
    const statusCode = error instanceof BodyTooLarge ? 413 : 400;
    sendJson(
      response,
      { __type: error.name, message: error.message },
      { statusCode, headers: { ...headers, 'x-amzn-errortype': error.name } },
    );
  }
}

function readObject(body: Buffer): Record<string, unknown> {
  try {
    const value = JSON.parse(body.toString()) as unknown;
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Answered below, like any other body that is no object.
  }
  throw new CognitoError('SerializationException', 'the request is not a JSON object');
}
