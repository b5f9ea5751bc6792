import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Iam, Principal } from '../iam/index.ts';
import type { AsyncInvoker, FunctionPool } from '../lambda/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';
import { toAwsFailure } from './aws-failure.ts';
import { readBody, sendJson } from './http-body.ts';
import { verifySender } from './verify-sender.ts';

export interface LambdaServices {
  accountId: string;
  region: string;
  iam: Iam;
  lookupCredentials: LookupCredentials<Principal>;
  functions: ReadonlyMap<string, FunctionPool>;
  /** By ARN of the function. */
  asyncInvokers: ReadonlyMap<string, AsyncInvoker>;
}

export const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;
/** The service's limit on a request that waits; the asynchronous one is smaller. */
const BODY_LIMIT_BYTES = 6 * 1024 * 1024;
const ASYNC_LIMIT_BYTES = 1024 * 1024;

/** A refusal in Lambda's terms. */
class LambdaError extends Error {
  override readonly name: string;
  readonly statusCode: number;

  constructor(name: string, statusCode: number, message: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
  }
}

/** Answers Lambda's Invoke: for an answer, as an event, or to ask whether it may. */
export async function answerInvoke(
  request: IncomingMessage,
  response: ServerResponse,
  { path, services }: { path: string; services: LambdaServices },
): Promise<void> {
  try {
    await invoke(request, response, { path, services });
  } catch (error) {
    const failure =
      error instanceof LambdaError
        ? { name: error.name, statusCode: error.statusCode, message: error.message }
        : toAwsFailure(error);
    if (!failure) throw error;
    // Unlike the JSON protocols, this one tells who may not from who asks wrongly.
    const isDenied = /^(AccessDenied|InvalidSignature|UnrecognizedClient|MissingAuth|IncompleteSig)/.test(
      failure.name,
    );
    const statusCode = isDenied ? 403 : failure.statusCode;
    const { name, message } = failure;
    sendJson(
      response,
      { Type: 'User', Message: message, message, __type: name },
      { statusCode, headers: { 'x-amzn-errortype': name } },
    );
  }
}

async function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  { path, services }: { path: string; services: LambdaServices },
): Promise<void> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  const principal = verifySender(request, body, { ...services, service: 'lambda' });
  const pool = findFunction(decodeURIComponent(INVOKE_PATH.exec(path)?.[1] ?? ''), principal, services);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const payload = parsePayload(body);
  const headers = { 'x-amz-executed-version': '$LATEST' };
  if (type === 'DryRun') {
    response.writeHead(204, headers).end();
  } else if (type === 'Event') {
    if (body.length > ASYNC_LIMIT_BYTES)
      throw new LambdaError(
        'RequestTooLargeException',
        413,
        `${body.length} byte payload is too large for the Event invocation type (limit ${ASYNC_LIMIT_BYTES} bytes)`,
      );
    const requestId = await services.asyncInvokers.get(pool.definition.arn)?.enqueue(payload);
    response.writeHead(202, { 'x-amzn-requestid': requestId ?? '', 'content-length': 0 }).end();
  } else if (type === 'RequestResponse') {
    const outcome = await pool.invoke(payload);
    response.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'x-amzn-requestid': outcome.requestId,
      ...(outcome.functionError && { 'x-amz-function-error': outcome.functionError }),
    });
    response.end(outcome.payload);
  } else {
    throw new LambdaError(
      'InvalidParameterValueException',
      400,
      `x-amz-invocation-type is ${JSON.stringify(type)}; expected RequestResponse, Event or DryRun`,
    );
  }
}

function findFunction(
  nameOrArn: string,
  principal: Principal,
  { iam, functions, region, accountId }: LambdaServices,
): FunctionPool {
  const pool = [...functions.values()].find(
    ({ definition }) => definition.name === nameOrArn || definition.arn === nameOrArn,
  );
  const arn = pool?.definition.arn ?? `arn:aws:lambda:${region}:${accountId}:function:${nameOrArn}`;
  iam.authorize(principal, 'lambda:InvokeFunction', arn);
  if (pool) return pool;
  throw new LambdaError('ResourceNotFoundException', 404, `Function not found: ${arn}`);
}

function parsePayload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (error) {
    throw new LambdaError(
      'InvalidRequestContentException',
      400,
      `Could not parse request body into json: ${(error as Error).message}`,
    );
  }
}
