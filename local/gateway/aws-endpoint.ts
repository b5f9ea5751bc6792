import type { IncomingMessage, ServerResponse } from 'node:http';
import { requiredAccess } from '../dynamodb/index.ts';
import type { Database, TableFacts } from '../dynamodb/index.ts';
import type { Principal } from '../iam/index.ts';
import type { SecretStore } from '../secrets/index.ts';
import { md5Hex } from '../sqs/index.ts';
import type { SqsService } from '../sqs/index.ts';
import { toAwsFailure } from './aws-failure.ts';
import { isLocalHostOrBucket } from './host-check.ts';
import { readBody, sendJson } from './http-body.ts';
import { answerInvoke, INVOKE_PATH } from './lambda-endpoint.ts';
import type { LambdaServices } from './lambda-endpoint.ts';
import type { RequestTarget } from './listen.ts';
import { verifySender } from './verify-sender.ts';

type Json = Record<string, unknown>;

export interface AwsServices extends LambdaServices {
  port: number;
  database: Database;
  tableFacts: TableFacts;
  queues: SqsService;
  secrets: SecretStore;
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
      if (INVOKE_PATH.test(path)) return answerInvoke(request, response, { path, services });
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
  const principal = verifySender(request, body, { ...services, service: service.signedAs });
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
