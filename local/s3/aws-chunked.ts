import type { ChunkVerifier } from '../sigv4/index.ts';
import { S3Error } from './s3-error.ts';

const LONGEST_LINE = 8192;
const MOST_TRAILERS = 20;
/** Of every chunk but the last, as in the service: clients that send smaller ones fail there. */
const SMALLEST_CHUNK = 8192;

/**
 * Takes the aws-chunked framing off a body: `<hex size>[;chunk-signature=…]`, the bytes, … a chunk of size 0, trailing headers.
 * Yields bytes as they come; signatures are checked chunk by chunk, so what was yielded counts only once the generator ends.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
  verifier?: ChunkVerifier,
): AsyncGenerator<Uint8Array> {
  const reader = new FrameReader(source);
  for (let count = 1, previous = SMALLEST_CHUNK; ; count++) {
    const [sizeText = '', extension] = (await reader.line()).split(';');
    if (!/^[0-9a-f]{1,12}$/i.test(sizeText)) throw badFraming(`a chunk's size is "${sizeText}"`);
    const signature = extension?.trim().replace(/^chunk-signature=/, '');
    const size = parseInt(sizeText, 16);
    if (size > 0 && previous < SMALLEST_CHUNK) throw tooSmall(previous, count);
    previous = size;
    for await (const piece of reader.bytes(size)) {
      verifier?.update(piece);
      yield piece;
    }
    if (size > 0 && (await reader.line()) !== '')
      throw badFraming('a chunk does not end where its size says');
    verifier?.finishChunk(signature);
    if (size === 0) break;
  }
  await readTrailers(reader, trailers, verifier);
}

async function readTrailers(
  reader: FrameReader,
  trailers: Map<string, string>,
  verifier?: ChunkVerifier,
): Promise<void> {
  const signed: string[] = [];
  let signature: string | undefined;
  for (let line = await reader.lastLine(); line !== ''; line = await reader.lastLine()) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon < 1 || trailers.has(name) || trailers.size >= MOST_TRAILERS)
      throw badFraming(`a trailer is "${line}"`);
    if (name === 'x-amz-trailer-signature') {
      signature = line.slice(colon + 1).trim();
    } else {
      trailers.set(name, line.slice(colon + 1).trim());
      signed.push(`${name}:${line.slice(colon + 1).trim()}`);
    }
  }
  if (signed.length > 0) verifier?.finishTrailer(signed, signature);
  if (!(await reader.isAtEnd())) throw badFraming('bytes follow its end');
}

/** Reads lines and counted bytes off a stream, holding one piece of it at a time. */
class FrameReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end >= 0) return this.#takeLine(end);
      if (this.#buffer.length > LONGEST_LINE) throw badFraming('a line is too long');
      if (!(await this.#fill()))
        throw new S3Error('IncompleteBody', 'The request body ended inside the aws-chunked framing');
    }
  }

  /** Like `line`, but the end of the body counts as an empty line: some clients leave out the last line break. */
  async lastLine(): Promise<string> {
    return (await this.isAtEnd()) ? '' : this.line();
  }

  async *bytes(count: number): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      if (this.#buffer.length === 0 && !(await this.#fill())) {
        throw new S3Error('IncompleteBody', 'The request body ended inside a chunk');
      }
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async isAtEnd(): Promise<boolean> {
    return this.#buffer.length === 0 && !(await this.#fill());
  }

  #takeLine(end: number): string {
    const line = this.#buffer.toString('latin1', 0, end);
    this.#buffer = this.#buffer.subarray(end + 2);
    return line;
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      const { value } = next;
      if (value.length === 0) continue;
      this.#buffer =
        this.#buffer.length === 0
          ? Buffer.from(value.buffer, value.byteOffset, value.length)
          : Buffer.concat([this.#buffer, value]);
      return true;
    }
  }
}

function tooSmall(size: number, count: number): S3Error {
  return new S3Error(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${SMALLEST_CHUNK} bytes`,
    { details: { Chunk: String(count), BadChunkSize: String(size) } },
  );
}

function badFraming(problem: string): S3Error {
  return new S3Error('InvalidRequest', `The aws-chunked body is malformed: ${problem}`);
}
