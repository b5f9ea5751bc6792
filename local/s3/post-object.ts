import { verifyPostPolicy } from '../sigv4/index.ts';
import { authorize, versionHeaders } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { readObjectHeaders, refuseUnsupportedHeaders } from './object-headers.ts';
import { checkPostPolicy } from './post-policy.ts';
import { LARGEST_PUT_BYTES, storeBody } from './put-object.ts';
import { readForm } from './read-form.ts';
import type { UploadForm } from './read-form.ts';
import { digestBody, readClaim } from './receive-body.ts';
import { checkKeyLength } from './request.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, xmlDocument } from './write-xml.ts';

/** `x-amz-` fields beside those that sign the form. */
const ALLOWED_FIELDS = [
  'x-amz-meta-',
  'x-amz-checksum-',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-signature',
];

/** PostObject: an upload from a browser's form, allowed by the policy that someone signed for it. */
export async function postObject(services: Services, exchange: Exchange): Promise<Answer> {
  const form = await readForm(exchange.req);
  try {
    return await storeForm(services, exchange, form);
  } catch (error) {
    form.stop();
    throw error;
  } finally {
    // Its failure is the file's failure, which was told already.
    await form.done.catch(() => undefined);
  }
}

async function storeForm(services: Services, exchange: Exchange, form: UploadForm): Promise<Answer> {
  const { options } = services;
  const fields = new Map(form.fields).set('bucket', exchange.bucket.name);
  const key = (fields.get('key') ?? '').replaceAll('${filename}', () => form.fileName);
  if (key === '') throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.");
  checkKeyLength(key);
  fields.set('key', key);
  requirePolicy(fields);
  const { principal } = verifyPostPolicy(fields, options.lookupCredentials, {
    nowMs: exchange.nowMs,
    service: 's3',
    region: options.region,
  });
  const limits = { nowMs: exchange.nowMs, largestBytes: LARGEST_PUT_BYTES };
  const range = checkPostPolicy(fields.get('policy') ?? '', fields, limits);
  refuseUnsupportedFields(fields, options.accountId);
  const upload: Exchange = { ...exchange, key, headers: headersOf(fields) };
  authorize(services, upload, 's3:PutObject', { principal });
  const body = digestBody(form.file, {
    ...range,
    declared: undefined,
    claim: readClaim(upload, undefined),
    trailers: new Map(),
    sha256: undefined,
    contentMd5: undefined,
  });
  const described = readObjectHeaders(upload.headers);
  const version = await storeBody(services, upload, {
    body,
    described,
    eventName: 'ObjectCreated:Post',
    principalId: principal.arn,
  });
  return answerForm(upload, fields, version);
}

/** A form without a policy is a stranger's; one that is signed and lacks it has its fields in the wrong order. */
function requirePolicy(fields: ReadonlyMap<string, string>): void {
  if (fields.has('policy')) return;
  if (!fields.has('x-amz-signature'))
    throw new S3Error('AccessDenied', 'Access Denied: the form has no policy');
  throw new S3Error(
    'InvalidArgument',
    "Bucket POST must contain a field named 'policy'. If it is specified, please check the order of the fields.",
    { details: { ArgumentName: 'policy' } },
  );
}

function answerForm(exchange: Exchange, fields: ReadonlyMap<string, string>, version: Version): Answer {
  const { bucket, key, req } = exchange;
  const etag = `"${version.etag}"`;
  const location = `http://${req.headers.host ?? ''}/${bucket.name}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const headers = { etag, location, ...versionHeaders(exchange, version) };
  const redirect = redirectTarget(fields);
  if (redirect) {
    redirect.searchParams.set('bucket', bucket.name);
    redirect.searchParams.set('key', key);
    redirect.searchParams.set('etag', etag);
    return { status: 303, headers: { ...headers, location: redirect.href } };
  }
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200, headers };
  if (status !== '201') return { status: 204, headers };
  const body = xmlDocument(
    'PostResponse',
    element('Location', location),
    element('Bucket', bucket.name),
    element('Key', key),
    element('ETag', etag),
  );
  return { status: 201, headers, body };
}

/** As in S3, an address that cannot be read counts as none. */
function redirectTarget(fields: ReadonlyMap<string, string>): URL | undefined {
  const text = fields.get('success_action_redirect') ?? fields.get('redirect');
  const url = text === undefined ? null : URL.parse(text);
  return url && ['http:', 'https:'].includes(url.protocol) ? url : undefined;
}

function refuseUnsupportedFields(fields: ReadonlyMap<string, string>, accountId: string): void {
  if (fields.has('tagging')) throw new S3Error('NotImplemented', 'The field tagging is not implemented');
  const headers = new Map(fields);
  const acl = fields.get('acl');
  if (acl !== undefined) headers.set('x-amz-acl', acl);
  refuseUnsupportedHeaders(headers, ALLOWED_FIELDS, accountId);
}

/** Returns the fields as the headers of a PUT would be: a string of one character a byte. */
function headersOf(fields: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...fields].map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]));
}
