import { createHash, randomBytes } from 'node:crypto';
import { checksumHeader, combineChecksums, parseAlgorithm } from './checksum.ts';
import { isCrc } from './crc-combine.ts';
import { authorize, integerParameter, versionHeaders } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { readObjectHeaders } from './object-headers.ts';
import type { ObjectState, OpenUpload } from './object-state.ts';
import { commitVersion, LARGEST_PUT_BYTES, lockOf } from './put-object.ts';
import { childText, malformed, readXml } from './read-xml.ts';
import { openBody, readSmallBody } from './receive-body.ts';
import type { IncomingBody } from './receive-body.ts';
import type { Checksum, Part, Upload } from './record.ts';
import { CHECKSUM_ALGORITHMS } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, optional, xmlDocument } from './write-xml.ts';

export const LARGEST_PART_BYTES = LARGEST_PUT_BYTES;
const MOST_PARTS = 10_000;
const SMALLEST_PART_BYTES = 5 * 1024 ** 2;
const LARGEST_COMPLETION_BYTES = 4 * 1024 ** 2;

/** CreateMultipartUpload. */
export async function createMultipartUpload(
  { store, ...services }: Services,
  exchange: Exchange,
): Promise<Answer> {
  authorize({ store, ...services }, exchange, 's3:PutObject');
  const { bucket, key, nowMs, headers } = exchange;
  const checksum = readWantedChecksum(headers);
  const upload: Upload = {
    id: randomBytes(24).toString('base64url'),
    bucket: bucket.name,
    key,
    initiatedMs: nowMs,
    checksum,
    ...readObjectHeaders(headers),
  };
  await store.commit(lockOf(exchange), () => [{ type: 'begin', upload }]);
  return {
    status: 200,
    headers: checksum
      ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type }
      : {},
    body: xmlDocument(
      'InitiateMultipartUploadResult',
      element('Bucket', bucket.name),
      element('Key', key),
      element('UploadId', upload.id),
    ),
  };
}

/** UploadPart: the latest upload of a part number counts. */
export async function uploadPart(services: Services, exchange: Exchange): Promise<Answer> {
  const { store } = services;
  authorize(services, exchange, 's3:PutObject');
  const number = partNumber(exchange);
  const { upload } = findUpload(store.state, exchange);
  const body = openBody(exchange, { largestBytes: LARGEST_PUT_BYTES, algorithm: upload.checksum?.algorithm });
  const part = await storePart(services, exchange, { number, upload, body });
  const { etag, checksum } = part;
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      ...(checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value } : {}),
    },
  };
}

/** Writes the bytes of a part and makes it the latest of its number. */
export async function storePart(
  { store }: Services,
  exchange: Exchange,
  { number, upload, body }: { number: number; upload: Upload; body: IncomingBody },
): Promise<Part> {
  const blobs = await store.blobs.write(body.chunks);
  const { size, md5, checksum } = body.facts();
  const part: Part = { number, size, etag: md5.toString('hex'), modifiedMs: exchange.nowMs, blobs, checksum };
  try {
    refuseOtherAlgorithm(upload, checksum);
    await store.commit(lockOf(exchange), (state) => {
      findUpload(state, exchange);
      return [{ type: 'part', uploadId: upload.id, part }];
    });
  } catch (error) {
    store.blobs.release(blobs.map(({ blob }) => blob));
    throw error;
  }
  return part;
}

/** ListParts. */
export function listParts(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:ListMultipartUploadParts');
  const { upload, parts } = findUpload(services.store.state, exchange);
  const limit = integerParameter(exchange, 'max-parts', { smallest: 1, largest: 1000, fallback: 1000 });
  const marker = integerParameter(exchange, 'part-number-marker', {
    smallest: 0,
    largest: MOST_PARTS,
    fallback: 0,
  });
  const rest = [...parts.values()]
    .filter(({ number }) => number > marker)
    .sort((a, b) => a.number - b.number);
  const shown = rest.slice(0, limit);
  const body = xmlDocument(
    'ListPartsResult',
    element('Bucket', upload.bucket),
    element('Key', upload.key),
    element('UploadId', upload.id),
    element('PartNumberMarker', marker),
    optional('NextPartNumberMarker', shown.at(-1)?.number),
    element('MaxParts', limit),
    element('IsTruncated', rest.length > shown.length),
    optional('ChecksumAlgorithm', upload.checksum?.algorithm),
    optional('ChecksumType', upload.checksum?.type),
    shown.map((part) =>
      element(
        'Part',
        element('PartNumber', part.number),
        element('LastModified', new Date(part.modifiedMs).toISOString()),
        element('ETag', `"${part.etag}"`),
        element('Size', part.size),
        part.checksum ? element(`Checksum${part.checksum.algorithm}`, part.checksum.value) : undefined,
      ),
    ),
  );
  return Promise.resolve({ status: 200, body });
}

/** AbortMultipartUpload. */
export async function abortMultipartUpload(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:AbortMultipartUpload');
  await services.store.commit(lockOf(exchange), (state) => [
    { type: 'abort', uploadId: findUpload(state, exchange).upload.id },
  ]);
  return { status: 204 };
}

/** CompleteMultipartUpload: the object is made of the parts' files as they are, so no byte is copied. */
export async function completeMultipartUpload(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:PutObject');
  const { upload } = findUpload(services.store.state, exchange);
  const wanted = await readCompletion(exchange);
  const parts = chooseParts(findUpload(services.store.state, exchange), wanted);
  const checksum = upload.checksum ? await combineChecksums(upload.checksum, parts) : null;
  checkClaims(exchange, parts, checksum);
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex')));
  const version = await commitVersion(services, exchange, {
    blobs: [],
    eventName: 'ObjectCreated:CompleteMultipartUpload',
    uploadId: upload.id,
    describe(state) {
      const now = chooseParts(findUpload(state, exchange), wanted);
      if (now.some((part, index) => part !== parts[index]))
        throw invalidPart(`a part was uploaded again meanwhile`);
      return {
        size: sizeOf(parts),
        etag: `${createHash('md5').update(digests).digest('hex')}-${parts.length}`,
        blobs: parts.flatMap(({ blobs }) => blobs),
        partSizes: parts.map(({ size }) => size),
        checksum,
        headers: upload.headers,
        metadata: upload.metadata,
      };
    },
  });
  const body = xmlDocument(
    'CompleteMultipartUploadResult',
    element('Location', `/${exchange.bucket.name}/${exchange.key}`),
    element('Bucket', exchange.bucket.name),
    element('Key', exchange.key),
    element('ETag', `"${version.etag}"`),
    checksum
      ? [element(`Checksum${checksum.algorithm}`, checksum.value), element('ChecksumType', checksum.type)]
      : undefined,
  );
  return { status: 200, headers: versionHeaders(exchange, version), body };
}

interface WantedPart {
  number: number;
  etag: string;
  checksums: Map<string, string>;
}

async function readCompletion(exchange: Exchange): Promise<WantedPart[]> {
  // These headers speak of the object that is made, not of this body.
  const headers = new Map(exchange.headers);
  for (const algorithm of CHECKSUM_ALGORITHMS) headers.delete(checksumHeader(algorithm));
  headers.delete('x-amz-sdk-checksum-algorithm');
  const root = readXml(
    await readSmallBody({ ...exchange, headers }, LARGEST_COMPLETION_BYTES),
    'CompleteMultipartUpload',
  );
  const parts = root.children.map((node): WantedPart => {
    const number = Number(childText(node, 'PartNumber'));
    const etag = childText(node, 'ETag')?.trim().replaceAll('"', '');
    if (node.name !== 'Part' || !Number.isInteger(number) || !etag)
      throw malformed(`<${node.name}> is no <Part> with <PartNumber> and <ETag>`);
    const checksums = node.children.filter(({ name }) => name.startsWith('Checksum'));
    return { number, etag, checksums: new Map(checksums.map(({ name, text }) => [name, text.trim()])) };
  });
  if (parts.length === 0 || parts.length > MOST_PARTS)
    throw malformed(`it has ${parts.length} parts; expected 1 to ${MOST_PARTS}`);
  const isAscending = parts.every(
    (part, index) => index === 0 || part.number > (parts[index - 1]?.number ?? 0),
  );
  if (!isAscending) {
    throw new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
    );
  }
  return parts;
}

/** A composite checksum is made of what the request claims of each part, so that the service asks for every claim. */
function refuseMissingChecksums({ checksum }: Upload, wanted: readonly WantedPart[]): void {
  if (checksum?.type !== 'COMPOSITE') return;
  const missing = wanted.find(({ checksums }) => !checksums.has(`Checksum${checksum.algorithm}`));
  if (!missing) return;
  const problem = `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum.`;
  throw new S3Error(
    'InvalidRequest',
    `${problem} The complete request must include the checksum for each part. It was missing for part ${missing.number} in the request.`,
  );
}

function chooseParts({ upload, parts }: OpenUpload, wanted: readonly WantedPart[]): Part[] {
  refuseMissingChecksums(upload, wanted);
  return wanted.map(({ number, etag, checksums }, index) => {
    const part = parts.get(number);
    if (part?.etag !== etag) throw invalidPart(`part ${number} with the ETag "${etag}" was not uploaded`);
    for (const [name, value] of checksums) {
      if (part.checksum && name === `Checksum${part.checksum.algorithm}` && value !== part.checksum.value) {
        throw invalidPart(`the ${name} of part ${number} is "${part.checksum.value}", not "${value}"`);
      }
    }
    if (part.size < SMALLEST_PART_BYTES && index < wanted.length - 1) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        details: {
          ProposedSize: String(part.size),
          MinSizeAllowed: String(SMALLEST_PART_BYTES),
          PartNumber: String(number),
        },
      });
    }
    return part;
  });
}

function checkClaims({ headers }: Exchange, parts: readonly Part[], checksum: Checksum | null): void {
  const claimedSize = headers.get('x-amz-mp-object-size');
  if (claimedSize !== undefined && Number(claimedSize) !== sizeOf(parts)) {
    throw new S3Error(
      'InvalidRequest',
      `x-amz-mp-object-size is ${claimedSize}, but the parts have ${sizeOf(parts)} bytes`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const claimed = headers.get(checksumHeader(algorithm));
    if (claimed === undefined) continue;
    if (checksum?.algorithm !== algorithm || checksum.value !== claimed) {
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
}

/** Returns the upload that a request is about; fails with NoSuchUpload. */
export function findUpload(state: ObjectState, { bucket, key, query }: Exchange): OpenUpload {
  const open = state.uploads.get(query.get('uploadId') ?? '');
  if (open?.upload.bucket !== bucket.name || open.upload.key !== key) {
    throw new S3Error(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { details: { UploadId: query.get('uploadId') ?? '' } },
    );
  }
  return open;
}

/** Returns the number of the part that a request is about. */
export function partNumber({ query }: Exchange): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > MOST_PARTS) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive; it is "${text}"`,
      {
        details: { ArgumentName: 'partNumber', ArgumentValue: text },
      },
    );
  }
  return number;
}

function readWantedChecksum(headers: ReadonlyMap<string, string>): Upload['checksum'] {
  const name = headers.get('x-amz-checksum-algorithm');
  if (name === undefined) return null;
  const algorithm = parseAlgorithm(name);
  const usual = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const type = headers.get('x-amz-checksum-type') ?? usual;
  const isPossible =
    type === 'FULL_OBJECT' ? isCrc(algorithm) : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (!isPossible || (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

function refuseOtherAlgorithm({ checksum: wanted }: Upload, given: Checksum | null): void {
  if (wanted && given?.algorithm !== wanted.algorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${wanted.algorithm}, actual checksum Type: ${given?.algorithm ?? 'none'}`,
    );
  }
}

function invalidPart(reason: string): S3Error {
  return new S3Error('InvalidPart', `One or more of the specified parts could not be found: ${reason}.`);
}

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}
