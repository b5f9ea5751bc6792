import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Unauthorized } from '../auth/authenticate.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import type { ApiRuntime } from '../execution/api-runtime.ts';
import { executeOperation } from '../execution/execute-operation.ts';
import type { Execution } from '../execution/execute-operation.ts';
import { RequestRefused } from '../execution/prepare-operation.ts';
import { checkContentType, readBody, readGraphQL, readQueryString } from './read-body.ts';
import { headersOf, sourceIpOf } from './request-headers.ts';

/** What answering over HTTP needs. */
interface HttpService {
  api: ApiRuntime;
  authenticator: Authenticator;
  /** Tells the subscribers what a mutation did. */
  publish: (execution: Execution) => Promise<void>;
}

interface Answer {
  status: number;
  body: { data?: unknown; errors?: readonly unknown[] };
  /** Added by resolvers. */
  headers?: Record<string, string>;
}

const EXPOSED = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date';

function corsHeaders(request: IncomingMessage): Record<string, string> {
  const requested = request.headers['access-control-request-headers'];
  return {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST,OPTIONS',
    'access-control-allow-headers': requested ?? 'authorization,content-type,x-api-key,x-amz-user-agent',
    'access-control-max-age': '172800',
  };
}

async function answerRequest(
  { api, authenticator, publish }: HttpService,
  request: IncomingMessage,
  requestId: string,
): Promise<Answer> {
  const isGet = request.method === 'GET';
  if (!isGet) checkContentType(request);
  const body = await readBody(request);
  const graphql = isGet ? readQueryString(request.url ?? '') : readGraphQL(body.toString());
  const headers = headersOf(request, requestId);
  const caller = await authenticator.authenticate({
    ...graphql,
    requestId,
    headers,
    body,
    method: request.method ?? 'POST',
    url: request.url ?? '/graphql',
    sourceIp: sourceIpOf(request),
  });
  const execution = await executeOperation(api, { requestId, caller, headers }, graphql);
  await publish(execution);
  const { data, errors, session } = execution;
  const added = session.responseHeaders.toObject();
  return { status: 200, body: errors.length > 0 ? { data, errors } : { data }, headers: added };
}

function answerFailure({ api }: HttpService, requestId: string, thrown: unknown): Answer {
  const { log } = api.ports;
  if (thrown instanceof RequestRefused) {
    const { status, errors, reason } = thrown;
    if (reason !== null) log({ level: 'INFO', requestId, event: 'request.refused', detail: { reason } });
    return { status, body: status === 200 ? { data: null, errors } : { errors } };
  }
  if (thrown instanceof Unauthorized) {
    log({ level: 'INFO', requestId, event: 'request.unauthorized', detail: { reason: thrown.reason } });
    return {
      status: 401,
      body: { errors: [{ errorType: 'UnauthorizedException', message: thrown.message }] },
    };
  }
  const detail = { message: String(thrown), stack: thrown instanceof Error ? thrown.stack : undefined };
  log({ level: 'ERROR', requestId, event: 'request.crash', detail });
  const message = `The service failed; the request id is ${requestId}.`;
  return { status: 500, body: { errors: [{ errorType: 'InternalFailure', message }] } };
}

function send(response: ServerResponse, requestId: string, answer: Answer): void {
  const { status, body, headers = {} } = answer;
  const [first] = status === 200 ? [] : ((body.errors ?? []) as { errorType?: string }[]);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json;charset=UTF-8',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': EXPOSED,
    'x-amzn-requestid': requestId,
    ...(first?.errorType ? { 'x-amzn-errortype': first.errorType } : {}),
    // The rest of a refused body stays unread.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify(body));
}

/** Answers one HTTP request of the GraphQL path. Never rejects. */
export async function handleHttp(
  service: HttpService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  if (request.method === 'OPTIONS') {
    response.writeHead(200, { ...corsHeaders(request), 'x-amzn-requestid': requestId }).end();
    return;
  }
  if (request.method !== 'POST' && request.method !== 'GET') {
    const message = `${request.method ?? ''} is not supported: POST a JSON body with \`query\`, or GET it as a parameter.`;
    response.setHeader('allow', 'GET, POST, OPTIONS');
    send(response, requestId, {
      status: 405,
      body: { errors: [{ errorType: 'MalformedHttpRequestException', message }] },
    });
    return;
  }
  let answer: Answer;
  try {
    answer = await answerRequest(service, request, requestId);
  } catch (thrown) {
    answer = answerFailure(service, requestId, thrown);
  }
  send(response, requestId, answer);
}
