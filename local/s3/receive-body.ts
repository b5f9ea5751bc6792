import { createChunkVerifier } from '../sigv4/index.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { checkDigest, checksumHeader, createHasher, parseAlgorithm } from './checksum.ts';
import type { Hasher } from './checksum.ts';
import type { Exchange } from './exchange.ts';
import { CHECKSUM_ALGORITHMS } from './record.ts';
import type { Checksum, ChecksumAlgorithm } from './record.ts';
import { S3Error } from './s3-error.ts';

/** What the bytes of a body turned out to be. */
interface BodyFacts {
  size: number;
  md5: Buffer;
  checksum: Checksum | null;
}

/** A body as a stream that fails unless it is what the request said; `facts` holds once the stream has ended. */
export interface IncomingBody {
  chunks: AsyncIterable<Uint8Array>;
  facts(): BodyFacts;
}

interface BodyOptions {
  largestBytes: number;
  smallestBytes?: number;
  /** Computed although the request has no checksum: a multipart upload's parts need one. */
  algorithm?: ChecksumAlgorithm | undefined;
}

interface Claim {
  algorithm: ChecksumAlgorithm;
  /** Undefined: in the trailer, or none. */
  value: string | undefined;
  trailer: string | undefined;
}

/** Opens the body of a request: takes the framing off and checks length, SHA-256, MD5, checksum and signatures as it flows. */
export function openBody(exchange: Exchange, options: BodyOptions): IncomingBody {
  const trailers = new Map<string, string>();
  const claim = readClaim(exchange, options.algorithm);
  const declared = declaredSize(exchange, options.largestBytes);
  return digestBody(openSource(exchange, trailers), {
    ...options,
    declared,
    claim,
    trailers,
    sha256: exchange.verified?.payload.kind === 'SIGNED' ? exchange.verified.payload.sha256 : undefined,
    contentMd5: readContentMd5(exchange.headers.get('content-md5')),
  });
}

/** Reads a small body whole, checked like any other. */
export async function readSmallBody(exchange: Exchange, largestBytes: number): Promise<string> {
  const body = openBody(exchange, { largestBytes });
  const pieces: Uint8Array[] = [];
  for await (const chunk of body.chunks) pieces.push(chunk);
  return Buffer.concat(pieces).toString('utf8');
}

interface DigestOptions extends BodyOptions {
  declared: number | undefined;
  claim: Claim | undefined;
  trailers: ReadonlyMap<string, string>;
  sha256: string | undefined;
  contentMd5: string | undefined;
}

/** Passes a stream on while computing its digests, and fails at its end when one is not as claimed. */
export function digestBody(source: AsyncIterable<Uint8Array>, options: DigestOptions): IncomingBody {
  let facts: BodyFacts | undefined;
  async function* flow(): AsyncGenerator<Uint8Array> {
    const md5 = createHasher('MD5');
    const sha256 = options.sha256 === undefined ? undefined : createHasher('SHA256');
    const checksum = options.claim && createHasher(options.claim.algorithm);
    let size = 0;
    for await (const chunk of source) {
      size += chunk.length;
      if (size > options.largestBytes) throw tooLarge(size, options.largestBytes);
      for (const hasher of [md5, sha256, checksum]) hasher?.update(chunk);
      yield chunk;
    }
    if (size < (options.smallestBytes ?? 0)) throw tooSmall(size, options.smallestBytes ?? 0);
    facts = await judge({ size, md5, sha256, checksum }, options);
  }
  return {
    chunks: flow(),
    facts() {
      if (!facts) throw new Error('the body has not been read to its end');
      return facts;
    },
  };
}

function tooLarge(size: number, largestBytes: number): S3Error {
  return new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    details: { ProposedSize: String(size), MaxSizeAllowed: String(largestBytes) },
  });
}

function tooSmall(size: number, smallestBytes: number): S3Error {
  return new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    details: { ProposedSize: String(size), MinSizeAllowed: String(smallestBytes) },
  });
}

/** Returns the checksum that the headers claim or announce, or `fallback` to be computed. */
export function readClaim(
  { headers }: Pick<Exchange, 'headers'>,
  fallback: ChecksumAlgorithm | undefined,
): Claim | undefined {
  const given = CHECKSUM_ALGORITHMS.filter((algorithm) => headers.has(checksumHeader(algorithm)));
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (given.length + (trailer === undefined ? 0 : 1) > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.',
    );
  }
  const inTrailer = CHECKSUM_ALGORITHMS.find((algorithm) => checksumHeader(algorithm) === trailer);
  if (trailer !== undefined && !inTrailer) {
    throw new S3Error(
      'InvalidRequest',
      `The value specified in the x-amz-trailer header is not supported: "${trailer}"`,
    );
  }
  const announced = headers.get('x-amz-sdk-checksum-algorithm');
  const algorithm = given[0] ?? inTrailer ?? fallback;
  if (announced !== undefined && parseAlgorithm(announced) !== (given[0] ?? inTrailer)) {
    throw new S3Error(
      'InvalidRequest',
      `x-amz-sdk-checksum-algorithm is "${announced}", but no corresponding x-amz-checksum-* header or trailer was found.`,
    );
  }
  if (algorithm === undefined) return undefined;
  const value =
    given[0] === undefined ? undefined : checkDigest(algorithm, headers.get(checksumHeader(algorithm)) ?? '');
  return { algorithm, value, trailer: inTrailer && trailer };
}

function openSource({ req, verified }: Exchange, trailers: Map<string, string>): AsyncIterable<Uint8Array> {
  // An error must not destroy the request: the answer goes out over the same socket.
  const raw: AsyncIterable<Uint8Array> = req.iterator({ destroyOnReturn: false });
  if (verified?.payload.kind !== 'STREAMING') return raw;
  return decodeAwsChunked(
    raw,
    trailers,
    verified.payload.isSigned ? createChunkVerifier(verified.seed) : undefined,
  );
}

function declaredSize({ headers, verified }: Exchange, largestBytes: number): number | undefined {
  const isStreaming = verified?.payload.kind === 'STREAMING';
  const name = isStreaming ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headers.get(name);
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new S3Error('MissingContentLength', `You must provide the ${name} HTTP header, a number of bytes.`);
  }
  if (Number(text) > largestBytes) throw tooLarge(Number(text), largestBytes);
  return Number(text);
}

function readContentMd5(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16) throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  return bytes.toString('base64');
}

async function judge(
  seen: { size: number; md5: Hasher; sha256: Hasher | undefined; checksum: Hasher | undefined },
  { declared, sha256, contentMd5, claim, trailers }: DigestOptions,
): Promise<BodyFacts> {
  if (declared !== undefined && declared !== seen.size) {
    throw new S3Error(
      'IncompleteBody',
      `The request body has ${seen.size} bytes; its header says ${declared}`,
    );
  }
  if (sha256 !== undefined && (await seen.sha256?.digest())?.toString('hex') !== sha256) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const md5 = await seen.md5.digest();
  if (contentMd5 !== undefined && md5.toString('base64') !== contentMd5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (!claim || !seen.checksum) return { size: seen.size, md5, checksum: null };
  const value = (await seen.checksum.digest()).toString('base64');
  const claimed =
    claim.trailer === undefined
      ? claim.value
      : checkDigest(claim.algorithm, trailers.get(claim.trailer) ?? '');
  if (claimed !== undefined && claimed !== value) {
    throw new S3Error(
      'BadDigest',
      `The ${claim.algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return { size: seen.size, md5, checksum: { algorithm: claim.algorithm, type: 'FULL_OBJECT', value } };
}
