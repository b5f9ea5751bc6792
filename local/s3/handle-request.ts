import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SigV4Error, verifyRequest } from '../sigv4/index.ts';
import { corsHeaders } from './cors.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { refuseUnsupportedHeaders } from './object-headers.ts';
import { selectOperation } from './operation.ts';
import { parseTarget } from './request.ts';
import type { Target } from './request.ts';
import { S3Error } from './s3-error.ts';
import type { S3ErrorCode } from './s3-error.ts';
import { drainRequest, sendAnswer } from './send-answer.ts';
import type { BucketConfig } from './types.ts';
import { element, xmlError } from './write-xml.ts';

/** Stands in for the bucket of a request about all of them. */
const NO_BUCKET: BucketConfig = { name: '', isVersioned: false, cors: [], notifications: [] };

/** Answers one request; never fails. */
export async function handleRequest(
  services: Services,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  res.setHeader('x-amz-request-id', requestId);
  res.setHeader('x-amz-id-2', requestId);
  res.setHeader('x-content-type-options', 'nosniff');
  let answer: Answer | undefined;
  try {
    try {
      answer = await answerRequest(services, { req, res, requestId });
    } catch (error) {
      answer = answerError(services, { req, requestId }, error);
      await drainRequest(req);
    }
    await sendAnswer(req, res, answer);
  } catch (error) {
    // The answer is under way or the socket gone: breaking off is all that tells the client.
    if (!isGone(req, error))
      services.options.onWarning(
        `request ${requestId} ${req.method} ${req.url} broke off: ${describe(error)}`,
      );
    res.destroy();
  } finally {
    answer?.release?.();
  }
}

async function answerRequest(
  services: Services,
  { req, res, requestId }: { req: IncomingMessage; res: ServerResponse; requestId: string },
): Promise<Answer> {
  const target = parseTarget(req);
  const bucket = services.options.buckets.find(({ name }) => name === target.bucket);
  if (req.method === 'OPTIONS') return answerPreflight(req, bucket);
  const origin = req.headers.origin;
  const cors =
    bucket && origin
      ? corsHeaders(bucket.cors, { origin, method: req.method ?? '', headers: [] })
      : undefined;
  for (const [name, value] of Object.entries(cors ?? {})) res.setHeader(name, value);
  return runOperation(services, { req, requestId, target, bucket });
}

async function runOperation(
  services: Services,
  {
    req,
    requestId,
    target,
    bucket,
  }: { req: IncomingMessage; requestId: string; target: Target; bucket: BucketConfig | undefined },
): Promise<Answer> {
  const { options } = services;
  const method = req.method ?? '';
  const nowMs = options.clock?.() ?? Date.now();
  const isForm = isPostForm(req, target);
  const verified = isForm
    ? undefined
    : verifyRequest({ method, url: req.url ?? '', headers: req.headers }, options.lookupCredentials, {
        nowMs,
        service: 's3',
        region: options.region,
      });
  const about = target.bucket === undefined ? 'SERVICE' : target.key === undefined ? 'BUCKET' : 'OBJECT';
  if (about !== 'SERVICE' && !bucket)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: target.bucket ?? '' },
    });
  const headers = effectiveHeaders(req, verified?.isPresigned === true ? target : undefined);
  const operation = selectOperation(method, about, {
    query: target.query,
    headers,
  });
  if (!verified && !operation.isForm) throw new S3Error('AccessDenied', 'Access Denied');
  refuseUnsupportedHeaders(headers, operation.headers, options.accountId);
  const exchange: Exchange = {
    req,
    requestId,
    bucket: bucket ?? NO_BUCKET,
    key: target.key ?? '',
    query: target.query,
    headers,
    verified,
    nowMs,
  };
  return operation.run(services, exchange);
}

/** A form names its sender in its fields; every other request does in its header or query. */
function isPostForm(req: IncomingMessage, { key, query }: Target): boolean {
  const isMultipart = /^multipart\/form-data\b/i.test(req.headers['content-type'] ?? '');
  return (
    req.method === 'POST' &&
    key === undefined &&
    query.size === 0 &&
    isMultipart &&
    req.headers.authorization === undefined
  );
}

/** A presigned request may carry in its query what others carry as headers; the signature covers both. */
function effectiveHeaders(req: IncomingMessage, presigned: Target | undefined): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  const signing =
    /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/;
  for (const [name, value] of presigned?.query ?? []) {
    const lowered = name.toLowerCase();
    if (!lowered.startsWith('x-amz-') || signing.test(lowered) || headers.has(lowered)) continue;
    headers.set(lowered, Buffer.from(value, 'utf8').toString('latin1'));
  }
  return headers;
}

function answerPreflight(req: IncomingMessage, bucket: BucketConfig | undefined): Answer {
  const { origin } = req.headers;
  const method = req.headers['access-control-request-method'];
  if (!origin || !method) {
    throw new S3Error(
      'BadRequest',
      'Insufficient information. Origin request header needed, and Access-Control-Request-Method.',
    );
  }
  const names = (req.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const headers = corsHeaders(bucket?.cors ?? [], {
    origin,
    method,
    headers: names.filter((name) => name !== ''),
  });
  if (!headers) {
    throw new S3Error(
      'AccessForbidden',
      'CORSResponse: This CORS request is not allowed. No rule of the bucket allows this origin, method and headers.',
      {
        details: { Method: method, ResourceType: 'BUCKET' },
      },
    );
  }
  return { status: 200, headers };
}

function answerError(
  services: Services,
  { req, requestId }: { req: IncomingMessage; requestId: string },
  error: unknown,
): Answer {
  const known =
    error instanceof S3Error ? error : error instanceof SigV4Error ? fromSigV4(error, req) : undefined;
  if (!known && !isGone(req, error)) {
    services.options.onWarning(`request ${requestId} ${req.method} ${req.url} failed: ${describe(error)}`);
  }
  const shown =
    known ??
    new S3Error('InternalError', 'We encountered an internal error. Please try again.', { cause: error });
  const details = Object.entries(shown.details).map(([name, value]) => element(name, value));
  const body = xmlError(
    element('Code', shown.code),
    element('Message', shown.message),
    details,
    element('Resource', (req.url ?? '').replace(/\?.*$/s, '')),
    element('RequestId', requestId),
    element('HostId', requestId),
  );
  return { status: shown.statusCode, headers: shown.headers, body };
}

function fromSigV4(error: SigV4Error, req: IncomingMessage): S3Error {
  const isInHeader = req.headers.authorization !== undefined;
  const codes: Record<string, S3ErrorCode> = {
    MissingAuthenticationToken: 'AccessDenied',
    IncompleteSignature: isInHeader ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError',
  };
  const { code = error.code, message = error.message, details = {} } = error.inS3;
  return new S3Error(codes[code] ?? (code as S3ErrorCode), message, { details, cause: error });
}

function isGone(req: IncomingMessage, error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    req.destroyed && (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'EPIPE')
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
