import { COPY_HEADERS, copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-object.ts';
import { authorize } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { getObject, headObject, RESPONSE_OVERRIDES } from './get-object.ts';
import { getVersioning, listBuckets } from './list-buckets.ts';
import { listObjectsV1 } from './list-objects-v1.ts';
import { listObjects } from './list-objects.ts';
import { listUploads } from './list-uploads.ts';
import { listVersions } from './list-versions.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
} from './multipart.ts';
import { postObject } from './post-object.ts';
import { putObject } from './put-object.ts';
import { uploadPartCopy } from './upload-part-copy.ts';
import { S3Error } from './s3-error.ts';
import { xmlDocument } from './write-xml.ts';

/** One S3 operation: which requests it is for, and what they may say. Everything else is NotImplemented. */
export interface Operation {
  name: string;
  method: string;
  about: 'SERVICE' | 'BUCKET' | 'OBJECT';
  /** Query parameters that make a request this operation. */
  requires: string[];
  /** Query parameters that it may have besides. */
  allows: string[];
  /** `x-amz-` headers that it understands; one ending in `-` is a family. */
  headers: string[];
  /** A header that makes a request this operation. */
  requiresHeader?: string;
  /** True when the sender is named by the body. */
  isForm?: boolean;
  run(services: Services, exchange: Exchange): Promise<Answer>;
}

const WRITE_HEADERS = ['x-amz-meta-', 'x-amz-checksum-'];
const LIST_PARAMETERS = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];

const NOUNS = { SERVICE: 'all buckets', BUCKET: 'a bucket', OBJECT: 'an object' };

/** Those with more required parameters or a required header stand before those with fewer. */
const OPERATIONS: Operation[] = [
  operation('GET', 'SERVICE', {
    name: 'ListBuckets',
    allows: ['prefix', 'max-buckets', 'continuation-token', 'bucket-region'],
    run: listBuckets,
  }),
  operation('HEAD', 'BUCKET', { name: 'HeadBucket', run: headBucket }),
  operation('GET', 'BUCKET', { name: 'GetBucketLocation', requires: ['location'], run: getLocation }),
  operation('GET', 'BUCKET', {
    name: 'ListObjectVersions',
    requires: ['versions'],
    allows: [...LIST_PARAMETERS, 'key-marker', 'version-id-marker'],
    run: listVersions,
  }),
  operation('GET', 'BUCKET', {
    name: 'ListObjectsV2',
    requires: ['list-type'],
    allows: [...LIST_PARAMETERS, 'continuation-token', 'start-after', 'fetch-owner'],
    run: listObjects,
  }),
  operation('GET', 'BUCKET', {
    name: 'ListMultipartUploads',
    requires: ['uploads'],
    allows: ['prefix', 'delimiter', 'encoding-type', 'key-marker', 'upload-id-marker', 'max-uploads'],
    run: listUploads,
  }),
  operation('GET', 'BUCKET', { name: 'GetBucketVersioning', requires: ['versioning'], run: getVersioning }),
  operation('GET', 'BUCKET', {
    name: 'ListObjects',
    allows: [...LIST_PARAMETERS, 'marker'],
    run: listObjectsV1,
  }),
  operation('POST', 'BUCKET', {
    name: 'DeleteObjects',
    requires: ['delete'],
    headers: ['x-amz-checksum-'],
    run: deleteObjects,
  }),
  operation('POST', 'BUCKET', { name: 'PostObject', isForm: true, run: postObject }),
  operation('GET', 'OBJECT', {
    name: 'ListParts',
    requires: ['uploadId'],
    allows: ['max-parts', 'part-number-marker'],
    run: listParts,
  }),
  operation('GET', 'OBJECT', {
    name: 'GetObject',
    allows: ['versionId', 'partNumber', ...RESPONSE_OVERRIDES],
    headers: ['x-amz-checksum-mode'],
    run: getObject,
  }),
  operation('HEAD', 'OBJECT', {
    name: 'HeadObject',
    allows: ['versionId', 'partNumber', ...RESPONSE_OVERRIDES],
    headers: ['x-amz-checksum-mode'],
    run: headObject,
  }),
  operation('PUT', 'OBJECT', {
    name: 'UploadPartCopy',
    requires: ['uploadId', 'partNumber'],
    requiresHeader: 'x-amz-copy-source',
    headers: ['x-amz-copy-source', 'x-amz-copy-source-if-', 'x-amz-copy-source-range'],
    run: uploadPartCopy,
  }),
  operation('PUT', 'OBJECT', {
    name: 'UploadPart',
    requires: ['uploadId', 'partNumber'],
    headers: ['x-amz-checksum-'],
    run: uploadPart,
  }),
  operation('PUT', 'OBJECT', {
    name: 'CopyObject',
    requiresHeader: 'x-amz-copy-source',
    headers: COPY_HEADERS,
    run: copyObject,
  }),
  operation('PUT', 'OBJECT', { name: 'PutObject', headers: WRITE_HEADERS, run: putObject }),
  operation('POST', 'OBJECT', {
    name: 'CreateMultipartUpload',
    requires: ['uploads'],
    headers: ['x-amz-meta-', 'x-amz-checksum-algorithm', 'x-amz-checksum-type'],
    run: createMultipartUpload,
  }),
  operation('POST', 'OBJECT', {
    name: 'CompleteMultipartUpload',
    requires: ['uploadId'],
    headers: ['x-amz-checksum-', 'x-amz-mp-object-size'],
    run: completeMultipartUpload,
  }),
  operation('DELETE', 'OBJECT', {
    name: 'AbortMultipartUpload',
    requires: ['uploadId'],
    run: abortMultipartUpload,
  }),
  operation('DELETE', 'OBJECT', { name: 'DeleteObject', allows: ['versionId'], run: deleteObject }),
];

/** Returns the operation that a request asks for; fails with NotImplemented when some of it would go unheeded. */
export function selectOperation(
  method: string,
  about: Operation['about'],
  { query, headers }: { query: ReadonlyMap<string, string>; headers: ReadonlyMap<string, string> },
): Operation {
  const found = OPERATIONS.find(
    (candidate) =>
      candidate.method === method &&
      candidate.about === about &&
      candidate.requires.every((name) => query.has(name)) &&
      (candidate.requiresHeader === undefined || headers.has(candidate.requiresHeader)),
  );
  if (!found) {
    throw new S3Error(
      'NotImplemented',
      `${method} of ${NOUNS[about]} with the query "${[...query.keys()].join('&')}" is not implemented`,
    );
  }
  const known = new Set([...found.requires, ...found.allows, 'x-id']);
  const unknown = [...query.keys()].filter(
    (name) => !known.has(name) && !name.toLowerCase().startsWith('x-amz-'),
  );
  if (unknown.length > 0) {
    throw new S3Error(
      'NotImplemented',
      `The query parameter "${unknown[0]}" implies functionality that ${found.name} does not have here`,
      {
        details: { ResourceType: unknown[0] ?? '' },
      },
    );
  }
  return found;
}

function operation(
  method: string,
  about: Operation['about'],
  rest: Partial<Operation> & Pick<Operation, 'name' | 'run'>,
): Operation {
  return { method, about, requires: [], allows: [], headers: [], ...rest };
}

function headBucket(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:ListBucket');
  return Promise.resolve({ status: 200, headers: { 'x-amz-bucket-region': services.options.region } });
}

/** us-east-1 is the empty constraint. */
function getLocation(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:GetBucketLocation');
  const { region } = services.options;
  const body = xmlDocument('LocationConstraint', region === 'us-east-1' ? undefined : region);
  return Promise.resolve({ status: 200, body });
}
