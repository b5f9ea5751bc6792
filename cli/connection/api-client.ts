import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailure } from '../failure.ts';
import type { TypedDocumentString } from '../generated/operations.ts';
import type { Connection } from './read-connection.ts';

/** Sends the operations of `operations/` and returns what they answer, with the types that were generated from them. */
export interface ApiClient {
  send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
}

interface GraphqlError {
  message?: string;
  errorType?: string;
  errorInfo?: { hint?: string | null; retryable?: boolean; location?: string | null } | null;
}

/** AppSync ends a request after 30 s. */
const TIMEOUT_MS = 40_000;
const MAX_ATTEMPTS = 4;
const FIRST_DELAY_MS = 150;
const LONGEST_DELAY_MS = 4_000;
const SHOWN_LENGTH = 200;

/** A failure of one attempt that may pass by itself. */
class PassingFailure extends Error {
  readonly failure: CommandFailure;
  /** True when the API certainly did nothing, so that a mutation may be sent again, too. */
  readonly wasRefused: boolean;

  constructor(failure: CommandFailure, wasRefused: boolean) {
    super(failure.message);
    this.failure = failure;
    this.wasRefused = wasRefused;
  }
}

function isRefusedConnection(error: unknown): boolean {
  const code = (error as { cause?: { code?: string } }).cause?.code ?? '';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
}

async function post({ url, authorization }: Connection, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization };
  try {
    // A key must not follow where another server points.
    const redirect = 'error';
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(url, { method: 'POST', headers, body, redirect, signal });
  } catch (error) {
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : describeCause(error);
    const failure = new CommandFailure(`The API at ${url} cannot be reached: ${reason}.`, {
      kind: 'UNAVAILABLE',
      hint: 'Is the service running? Start it with "npm start", or check VDB_URL.',
      cause: error,
    });
    throw new PassingFailure(failure, isRefusedConnection(error));
  }
}

function describeCause(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? String(error);
}

/** AppSync says so before any resolver runs, and does not say why. */
function refusedKey(message: string): CommandFailure {
  return new CommandFailure(`The service does not accept the key or token: ${message}`, {
    kind: 'UNAUTHENTICATED',
    hint: 'Check VDB_API_KEY or VDB_TOKEN: it may be mistyped, expired, revoked, or that of another service.',
  });
}

function toFailure(errors: readonly GraphqlError[], status: number): Error {
  const [error = {}] = errors;
  const { message = `status ${status}`, errorType = null, errorInfo } = error;
  if (status === 401 || errorType === 'UnauthorizedException') return refusedKey(message);
  const place = errorInfo?.location ? `It is at ${errorInfo.location}.` : null;
  const hint = [place, errorInfo?.hint].filter(Boolean).join(' ') || null;
  const failure = new CommandFailure(message, { kind: errorType, hint });
  const isLimited = errorType === 'RATE_LIMITED' || status === 429;
  const isPassing = isLimited || status >= 500 || errorInfo?.retryable === true;
  return isPassing ? new PassingFailure(failure, isLimited) : failure;
}

async function readAnswer(response: Response, url: string): Promise<unknown> {
  const text = await response.text();
  let answer: { data?: unknown; errors?: GraphqlError[] } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    const message = `The API at ${url} did not answer JSON (status ${response.status}): ${text.slice(0, SHOWN_LENGTH)}`;
    const failure = new CommandFailure(message, {
      kind: 'UNAVAILABLE',
      hint: 'Is this the URL of the GraphQL API?',
    });
    throw response.status >= 500 ? new PassingFailure(failure, false) : failure;
  }
  const errors = answer?.errors ?? [];
  if (errors.length > 0 || !response.ok) throw toFailure(errors, response.status);
  return answer?.data;
}

/** Makes a client: queries are sent again when the failure may pass, mutations only when they certainly did nothing. */
export function createApiClient(connection: Connection): ApiClient {
  return {
    async send<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables) {
      const query = document.toString();
      const isMutation = /^\s*mutation\b/m.test(query);
      const body = JSON.stringify({ query, variables });
      for (let attempt = 1; ; attempt++) {
        try {
          return (await readAnswer(await post(connection, body), connection.url)) as Result;
        } catch (error) {
          if (!(error instanceof PassingFailure)) throw error;
          const isRepeatable = error.wasRefused || !isMutation;
          if (attempt === MAX_ATTEMPTS || !isRepeatable) throw error.failure;
          const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
          await delay(ceilingMs * (0.5 + Math.random() / 2));
        }
      }
    },
  };
}
