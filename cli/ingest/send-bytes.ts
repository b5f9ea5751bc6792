import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure } from '../failure.ts';

/** A stretch of a file, or bytes as they are. */
export type Segment = Uint8Array | { location: string; start: number; length: number };

export interface BytesToSend {
  method: 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  segments: readonly Segment[];
  /** Hears how many bytes were read from the file. */
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

export interface Reply {
  status: number;
  etag: string | null;
  body: string;
}

/** A connection on which nothing moves for this long is given up. */
const SILENCE_MS = 60_000;
const MAX_REPLY_CHARACTERS = 4_000;

function lengthOf(segment: Segment): number {
  return segment instanceof Uint8Array ? segment.length : segment.length;
}

async function* readSegments({ segments, onBytes }: BytesToSend): AsyncGenerator<Uint8Array> {
  for (const segment of segments) {
    if (segment instanceof Uint8Array) {
      yield segment;
      continue;
    }
    const { location, start, length } = segment;
    let left = length;
    for await (const block of createReadStream(location, { start, end: start + length - 1 })) {
      left -= (block as Buffer).length;
      onBytes((block as Buffer).length);
      yield block as Buffer;
    }
    if (left > 0) throw new CommandFailure(`The file ${location} became shorter while it was sent.`);
  }
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  let body = '';
  for await (const block of response.setEncoding('utf8')) {
    if (body.length < MAX_REPLY_CHARACTERS) body += String(block);
  }
  return { status: response.statusCode ?? 0, etag: response.headers.etag ?? null, body };
}

/** Sends bytes with their exact length, as object stores want them, and without holding them in memory. */
export async function sendBytes(sending: BytesToSend): Promise<Reply> {
  const { method, url, headers, segments, signal } = sending;
  const length = segments.reduce((sum, segment) => sum + lengthOf(segment), 0);
  const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    method,
    headers: { ...headers, 'content-length': String(length) },
    signal,
  });
  request.setTimeout(SILENCE_MS, () =>
    request.destroy(new Error(`no byte moved for ${SILENCE_MS / 1000} s`)),
  );
  const replied = new Promise<Reply>((resolve, reject) => {
    request.on('response', (response) => {
      readReply(response).then(resolve, reject);
    });
    request.on('error', reject);
  });
  const sent = pipeline(Readable.from(readSegments(sending)), request);
  // A store may refuse before all is sent, and close: then its reply says more than the broken pipe.
  const [reply, outcome] = await Promise.allSettled([replied, sent]);
  if (reply.status === 'fulfilled') return reply.value;
  throw outcome.status === 'rejected' ? outcome.reason : reply.reason;
}
