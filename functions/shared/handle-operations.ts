import { randomUUID } from 'node:crypto';
import { type FunctionError, toFunctionError } from './function-error.ts';
import { log } from './log.ts';
import { RequestError } from './request-error.ts';

/** Who asks; `databaseIds` null means every database. */
export interface Caller {
  kind: 'USER' | 'KEY' | 'BACKEND';
  id: string;
  databaseIds: string[] | null;
}

/** What a resolver sends. */
export interface FunctionRequest<Arguments = unknown> {
  operation: string;
  arguments: Arguments;
  caller: Caller;
  selection: string[];
  requestId: string;
}

export type FunctionAnswer = { data: unknown } | { error: FunctionError };

/** Answers one operation; what it throws becomes the error of the answer. */
type Operation = (request: FunctionRequest<never>) => Promise<unknown>;

/** Answers many requests of one operation, one value each in their order; an Error value becomes that request's error. */
type BatchOperation = (requests: FunctionRequest<never>[]) => Promise<unknown[]>;

interface Operations {
  single?: Record<string, Operation>;
  batch?: Record<string, BatchOperation>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCaller(value: unknown): value is Caller {
  if (!isRecord(value) || typeof value['id'] !== 'string') return false;
  const { databaseIds } = value;
  return (
    databaseIds === null || (Array.isArray(databaseIds) && databaseIds.every((id) => typeof id === 'string'))
  );
}

function parseRequest(event: unknown): FunctionRequest<never> {
  if (!isRecord(event) || typeof event['operation'] !== 'string' || !isRecord(event['arguments'])) {
    throw new Error('The event is not a FunctionRequest: operation and arguments are required.');
  }
  if (!isCaller(event['caller'])) {
    throw new Error(`The caller of ${event['operation']} has no id or no databaseIds; refusing to guess.`);
  }
  const selection = Array.isArray(event['selection']) ? event['selection'].map(String) : [];
  const requestId = typeof event['requestId'] === 'string' ? event['requestId'] : randomUUID();
  const { operation, arguments: given, caller } = event;
  return { operation, arguments: given as never, caller, selection, requestId };
}

function findOperation<Found>(operations: Record<string, Found> | undefined, name: string): Found {
  if (operations && Object.hasOwn(operations, name)) return operations[name] as Found;
  throw new Error(`This function has no operation "${name}".`);
}

function toAnswer(outcome: unknown, { requestId, operation }: { requestId: string; operation: string }) {
  if (!(outcome instanceof Error)) return { data: outcome };
  const error = toFunctionError(outcome, requestId);
  // What is wrong with a caller's own bytes is no fault of what is stored.
  const isOurs = error.kind === 'INTERNAL' || error.kind === 'CORRUPT_DATA';
  if (isOurs && !(outcome instanceof RequestError)) {
    log.error('The operation failed unexpectedly.', outcome, { requestId, operation });
  }
  return { error };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('Something other than an Error was thrown.', { cause: thrown });
}

async function answerOne(operations: Operations, event: unknown): Promise<FunctionAnswer> {
  const startedAtMs = performance.now();
  let described = { requestId: randomUUID() as string, operation: 'unknown' };
  let answer: FunctionAnswer;
  try {
    const request = parseRequest(event);
    described = { requestId: request.requestId, operation: request.operation };
    answer = { data: await findOperation(operations.single, request.operation)(request) };
  } catch (thrown) {
    answer = toAnswer(asError(thrown), described);
  }
  logOutcome(described, startedAtMs, 'error' in answer ? answer.error : null);
  return answer;
}

async function answerBatch(operations: Operations, events: unknown[]): Promise<FunctionAnswer[]> {
  const startedAtMs = performance.now();
  let described = { requestId: randomUUID() as string, operation: 'unknown' };
  let answers: FunctionAnswer[];
  try {
    const requests = events.map(parseRequest);
    const first = requests[0];
    if (!first) return [];
    described = { requestId: first.requestId, operation: first.operation };
    if (requests.some(({ operation }) => operation !== first.operation)) {
      throw new Error('A batch must hold one operation only.');
    }
    const outcomes = await findOperation(operations.batch, first.operation)(requests);
    answers = requests.map((request, index) => toAnswer(outcomes[index], request));
  } catch (thrown) {
    const error = asError(thrown);
    answers = events.map(() => toAnswer(error, described));
  }
  const failed = answers.find((answer) => 'error' in answer);
  logOutcome({ ...described, requests: events.length }, startedAtMs, failed?.error ?? null);
  return answers;
}

function logOutcome(
  described: Record<string, unknown>,
  startedAtMs: number,
  error: FunctionError | null,
): void {
  const tookMs = Math.round(performance.now() - startedAtMs);
  if (error)
    log.warn('answered with an error', { ...described, tookMs, kind: error.kind, field: error.info.field });
  else log.info('answered', { ...described, tookMs });
}

/** Returns a Lambda handler that runs the named operation and answers `{ data }` or `{ error }`, one by one or in a batch. */
export function handleOperations(
  operations: Operations,
): (event: unknown) => Promise<FunctionAnswer | FunctionAnswer[]> {
  return (event) => (Array.isArray(event) ? answerBatch(operations, event) : answerOne(operations, event));
}

/** Returns whether the caller selected `path`, e.g. `hits/values`, or something below it. */
export function isSelected(selection: readonly string[], path: string): boolean {
  return selection.some((selected) => selected === path || selected.startsWith(`${path}/`));
}
