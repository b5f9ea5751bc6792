import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './exchange.ts';

/** What a refused client may still send before the connection is cut: it reads the answer only when it is done sending. */
const MOST_DRAINED_BYTES = 64 * 1024 ** 2;
const LONGEST_DRAIN_MS = 10_000;

/** Sends an answer and resolves when it is out. */
export async function sendAnswer(req: IncomingMessage, res: ServerResponse, answer: Answer): Promise<void> {
  const { body } = answer;
  res.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  if (!req.complete) res.setHeader('connection', 'close');
  if (typeof body === 'string') {
    res.setHeader('content-type', 'application/xml');
    if (req.method !== 'HEAD') res.setHeader('content-length', Buffer.byteLength(body));
  } else if (!body && answer.status !== 204 && answer.status !== 304 && req.method !== 'HEAD') {
    res.setHeader('content-length', 0);
  }
  if (body && typeof body !== 'string') {
    await pipeline(body, res);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    res.once('close', resolve);
    res.once('error', reject);
    res.end(req.method === 'HEAD' ? undefined : body, resolve);
  });
}

/** Reads and drops what is left of a request's body, within bounds. */
export async function drainRequest(req: IncomingMessage): Promise<void> {
  if (req.complete || req.destroyed) return;
  let bytes = 0;
  const endMs = Date.now() + LONGEST_DRAIN_MS;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > MOST_DRAINED_BYTES || Date.now() > endMs) return;
    }
  } catch {
    // The client is gone: there is no one to answer, which sending will find out.
  }
}
