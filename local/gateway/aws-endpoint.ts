import type { IncomingMessage, ServerResponse } from 'node:http';
import { requiredAccess } from '../dynamodb/index.ts';
import type { Database, TableFacts } from '../dynamodb/index.ts';
import type { Iam, Principal } from '../iam/index.ts';
import type { FunctionPool } from '../lambda/index.ts';
import type { SecretStore } from '../secrets/index.ts';
import { sha256Hex, verifyRequest } from '../sigv4/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';
import { md5Hex } from '../sqs/index.ts';
import type { SqsService } from '../sqs/index.ts';
import { toAwsFailure } from './aws-failure.ts';
import { isLocalHostOrBucket } from './host-check.ts';
import { readBody, sendJson } from './http-body.ts';
import type { RequestTarget } from './listen.ts';

type Json = Record<string, unknown>;

export interface AwsServices {
  accountId: string;
  region: string;
  port: number;
  iam: Iam;
  lookupCredentials: LookupCredentials<Principal>;
  database: Database;
  tableFacts: TableFacts;
  queues: SqsService;
  secrets: SecretStore;
  functions: ReadonlyMap<string, FunctionPool>;
  handleS3(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Call {
  principal: Principal;
  operation: string;
  input: Json;
  signal: AbortSignal;
}

interface JsonService {
  /** The service name that signatures are made for. */
  signedAs: string;
  answer(call: Call, services: AwsServices): Promise<Json> | Json;
}

/** DynamoDB's own limit on a request; the others take less. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

const JSON_SERVICES: Record<string, JsonService> = {
  DynamoDB_20120810: {
    signedAs: 'dynamodb',
    answer: async ({ principal, operation, input }, { iam, database, tableFacts }) => {
      for (const access of requiredAccess(operation, input, tableFacts))
        iam.authorize(principal, access.action, access.resource, access.context);
      return database.call(operation, input);
    },
  },
  AmazonSQS: {
    signedAs: 'sqs',
    answer: ({ principal, operation, input, signal }, { iam, queues }) => {
      // A batch is allowed by the permission of its single operation.
      // The service writes its actions in small letters when it refuses.
      const action = `sqs:${operation.replace(/Batch$/, '').toLowerCase()}`;
      iam.authorize(principal, action, queues.findQueue(operation, input).definition.arn);
      return queues.call(operation, input, signal);
    },
  },
  secretsmanager: {
    signedAs: 'secretsmanager',
    answer: ({ principal, operation, input }, { iam, secrets }) => {
      iam.authorize(principal, `secretsmanager:${operation}`, secrets.findArn(input));
      return secrets.call(operation, input);
    },
  },
};

/** Answers the AWS protocols on one port: the JSON services by their target header, Lambda by its path, S3 otherwise. */
export function createAwsEndpoint(services: AwsServices): RequestTarget {
  return {
    async handleRequest(request, response) {
      if (!isLocalHostOrBucket(request, services.port)) {
        sendJson(response, { message: `unknown host ${request.headers.host}` }, { statusCode: 421 });
        return;
      }
      const target = request.headers['x-amz-target'];
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (typeof target === 'string')
        return answer(response, () => answerJson(request, response, { target, services }));
      if (INVOKE_PATH.test(path))
        return answer(response, () => answerInvoke(request, response, { path, services }));
      return services.handleS3(request, response);
    },
  };
}

async function answer(response: ServerResponse, handle: () => Promise<void>): Promise<void> {
  try {
    await handle();
  } catch (error) {
    const failure = toAwsFailure(error);
    if (!failure) throw error;
    const { statusCode, name, message, details, queryCode } = failure;
    const headers = {
      'x-amzn-errortype': name,
      ...(queryCode && { 'x-amzn-query-error': `${queryCode};Sender` }),
    };
    sendJson(response, { __type: name, message, ...details }, { statusCode, headers });
  }
}

async function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  { target, services }: { target: string; services: AwsServices },
): Promise<void> {
  const [prefix = '', operation = ''] = target.split('.');
  const service = Object.hasOwn(JSON_SERVICES, prefix) ? JSON_SERVICES[prefix] : undefined;
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (!service) {
    sendJson(
      response,
      { __type: 'UnknownOperationException', message: `${target} does not run on one machine` },
      { statusCode: 400 },
    );
    return;
  }
  const { principal } = verify(request, body, { services, service: service.signedAs });
  const disconnected = new AbortController();
  response.on('close', () => {
    disconnected.abort();
  });
  const input = JSON.parse(body.toString() || '{}') as Json;
  const result = await service.answer({ principal, operation, input, signal: disconnected.signal }, services);
  sendJson(response, result, {
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': md5Hex(String(performance.now())),
    },
  });
}

async function answerInvoke(
  request: IncomingMessage,
  response: ServerResponse,
  { path, services }: { path: string; services: AwsServices },
): Promise<void> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  const { principal } = verify(request, body, { services, service: 'lambda' });
  const nameOrArn = decodeURIComponent(INVOKE_PATH.exec(path)?.[1] ?? '');
  const pool = [...services.functions.values()].find(
    ({ definition }) => definition.name === nameOrArn || definition.arn === nameOrArn,
  );
  const arn =
    pool?.definition.arn ?? `arn:aws:lambda:${services.region}:${services.accountId}:function:${nameOrArn}`;
  services.iam.authorize(principal, 'lambda:InvokeFunction', arn);
  if (!pool) {
    sendJson(
      response,
      { Type: 'User', Message: `Function not found: ${arn}` },
      { statusCode: 404, headers: { 'x-amzn-errortype': 'ResourceNotFoundException' } },
    );
    return;
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'RequestResponse') {
    sendJson(
      response,
      { message: `the invocation type ${String(type)} does not run on one machine; RequestResponse does` },
      { statusCode: 400, headers: { 'x-amzn-errortype': 'InvalidParameterValueException' } },
    );
    return;
  }
  const payload = body.length === 0 ? {} : (JSON.parse(body.toString()) as unknown);
  const outcome = await pool.invoke(payload);
  const headers = {
    'content-type': 'application/json',
    'x-amz-executed-version': '$LATEST',
    'x-amzn-requestid': outcome.requestId,
  };
  response.writeHead(200, {
    ...headers,
    ...(outcome.functionError && { 'x-amz-function-error': outcome.functionError }),
  });
  response.end(outcome.payload);
}

function verify(
  request: IncomingMessage,
  body: Buffer,
  { services, service }: { services: AwsServices; service: string },
): { principal: Principal } {
  const { method = '', url = '', headers } = request;
  const signed = { method, url, headers, bodyHash: sha256Hex(body) };
  return verifyRequest(signed, services.lookupCredentials, {
    nowMs: Date.now(),
    service,
    region: services.region,
  });
}
