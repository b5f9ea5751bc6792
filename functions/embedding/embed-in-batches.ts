import { setTimeout as sleep } from 'node:timers/promises';
import { mapConcurrently } from '../shared/map-concurrently.ts';
import { RequestError } from '../shared/request-error.ts';
import type { EmbeddingKind, EmbeddingProvider, Embeddings } from './embedding-provider.ts';

/** One call to a provider: at most `maxBatch` texts of at most `maxCharacters` each. */
export type EmbedCall = (
  texts: string[],
  kind: EmbeddingKind,
  signal: AbortSignal,
) => Promise<{ vectors: number[][]; tokens: number }>;

/** A failure of one call that may pass by itself. */
export class PassingFailure extends Error {
  /** What the provider asked us to wait, or null. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PassingFailure';
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RemoteLimits {
  name: string;
  model: string;
  dimension: number;
  maxBatch: number;
  /** Longer texts are embedded in pieces, and the mean of the pieces' vectors is taken: nothing is cut off. */
  maxCharacters: number;
  /** The most characters of all texts of one call. */
  maxBatchCharacters: number;
  /** The most calls at once; the default is 4. */
  concurrency?: number;
}

const CONCURRENCY = 4;
const MAX_ATTEMPTS = 6;
const CALL_TIMEOUT_MS = 30_000;
const NEVER = new AbortController().signal;
const FIRST_DELAY_MS = 200;
/** Six attempts then wait 20 s at most between them: below the time that a queue hides a message. */
const LONGEST_DELAY_MS = 8_000;

interface Piece {
  textIndex: number;
  text: string;
}

function cutIntoPieces(texts: readonly string[], maxCharacters: number): Piece[] {
  const pieces: Piece[] = [];
  for (const [textIndex, text] of texts.entries()) {
    // Providers refuse a text without anything to read; a full stop is the least that they take.
    if (text.trim() === '') pieces.push({ textIndex, text: '.' });
    else {
      for (let start = 0; start < text.length; start += maxCharacters) {
        pieces.push({ textIndex, text: text.slice(start, start + maxCharacters).toWellFormed() });
      }
    }
  }
  return pieces.map((piece) => (piece.text.trim() === '' ? { ...piece, text: '.' } : piece));
}

function groupPieces(pieces: readonly Piece[], { maxBatch, maxBatchCharacters }: RemoteLimits): Piece[][] {
  const groups: Piece[][] = [];
  let characters = 0;
  for (const piece of pieces) {
    const group = groups.at(-1);
    if (group && group.length < maxBatch && characters + piece.text.length <= maxBatchCharacters) {
      group.push(piece);
      characters += piece.text.length;
    } else {
      groups.push([piece]);
      characters = piece.text.length;
    }
  }
  return groups;
}

/** Waits, unless the signal ends it, which has a reason of its own. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}

interface Batch {
  pieces: Piece[];
  kind: EmbeddingKind;
  signal: AbortSignal;
}

async function callWithRetries(limits: RemoteLimits, call: EmbedCall, { pieces, kind, signal }: Batch) {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const texts = pieces.map(({ text }) => text);
      return await call(texts, kind, AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (attempt === MAX_ATTEMPTS) {
        const message = `The embedding provider "${limits.name}" failed ${MAX_ATTEMPTS} times: ${error.message}`;
        throw new RequestError('UNAVAILABLE', message, { hint: 'Try again later.' }, { cause: error });
      }
      const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
      const wantedMs = Math.max(error.retryAfterMs ?? 0, ceilingMs * (0.5 + Math.random() / 2));
      await pause(Math.min(LONGEST_DELAY_MS, wantedMs), signal);
    }
  }
}

function wrongAnswer({ name, model }: RemoteLimits, problem: string): RequestError {
  return new RequestError(
    'UNAVAILABLE',
    `The embedding provider "${name}" with model "${model}" answered ${problem}.`,
  );
}

/** An answer is JSON from elsewhere: its numbers may be null or text. */
function isFiniteNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function checkVectors(vectors: readonly number[][], expected: number, limits: RemoteLimits): void {
  if (vectors.length !== expected)
    throw wrongAnswer(limits, `${vectors.length} vectors for ${expected} texts`);
  if (!vectors.every(Array.isArray)) throw wrongAnswer(limits, 'something else than lists of numbers');
  for (const vector of vectors) {
    if (vector.length !== limits.dimension) {
      throw wrongAnswer(
        limits,
        `a vector of ${vector.length} values; the database has dimension ${limits.dimension}`,
      );
    }
    if (!vector.every(isFiniteNumber)) {
      throw wrongAnswer(limits, 'a value that is not a finite number');
    }
    if (vector.every((value) => value === 0)) throw wrongAnswer(limits, 'a vector of zeros');
  }
}

function addPieces(
  dimension: number,
  vectors: readonly { weight: number; values: number[] }[],
): Float32Array {
  const first = vectors[0];
  if (first && vectors.length === 1) return Float32Array.from(first.values);
  const sum = new Float64Array(dimension);
  for (const { weight, values } of vectors)
    values.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + weight * value));
  const length = Math.hypot(...sum);
  return Float32Array.from(length > 0 ? sum.map((value) => value / length) : (first?.values ?? []));
}

/** Makes a provider of a remote call: batches within its limits, a bounded number of calls at once, retries, and checked answers. */
export function createRemoteProvider(limits: RemoteLimits, call: EmbedCall): EmbeddingProvider {
  async function embed(
    texts: readonly string[],
    kind: EmbeddingKind,
    signal: AbortSignal = NEVER,
  ): Promise<Embeddings> {
    const pieces = cutIntoPieces(texts, limits.maxCharacters);
    const groups = groupPieces(pieces, limits);
    const answers = await mapConcurrently(groups, limits.concurrency ?? CONCURRENCY, async (group) => {
      const answer = await callWithRetries(limits, call, { pieces: group, kind, signal });
      checkVectors(answer.vectors, group.length, limits);
      return answer;
    });
    const ofText = texts.map((): { weight: number; values: number[] }[] => []);
    const values = answers.flatMap((answer) => answer.vectors);
    pieces.forEach(({ textIndex, text }, index) =>
      ofText[textIndex]?.push({ weight: text.length, values: values[index] ?? [] }),
    );
    return {
      vectors: ofText.map((vectors) => addPieces(limits.dimension, vectors)),
      tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  }
  const { name, model, dimension, maxBatch } = limits;
  return { name, model, dimension, maxBatch, embed };
}
