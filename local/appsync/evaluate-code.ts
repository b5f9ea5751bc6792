import { limits } from './limits.ts';
import { ResponseHeaders } from './library/http.ts';
import type {
  HandlerSession,
  Invalidation,
  RaisedError,
  SubscriptionFilter,
} from './library/handler-session.ts';
import { authTypeOfIdentity } from './auth/caller.ts';
import { codeErrorsOf } from './runtime/code-errors.ts';
import type { CodeError } from './runtime/code-errors.ts';
import { CodeRefused, compileCode } from './runtime/compile-code.ts';
import { evaluateHandler, failureText } from './runtime/evaluate-handler.ts';
import type { Crash, HandlerContext, HandlerName } from './runtime/evaluate-handler.ts';
import type { Outcome, Signal } from './runtime/sandbox.ts';

/** One evaluation, asked for as the service's EvaluateCode is. */
export interface EvaluateCodeRequest {
  /** JavaScript of a resolver or function, as it is deployed. */
  code: string;
  /** Named in errors. */
  fileName?: string;
  function: HandlerName;
  /** Every part may be left out. */
  context?: Partial<HandlerContext>;
  /** What the resolver's field belongs to: some extensions work in one of them alone. */
  operation?: HandlerSession['operation'];
  authType?: string;
  nowMs?: () => number;
}

/** What the handler did. */
export interface EvaluateCodeAnswer {
  /** What it returned; null when it ended with an error. */
  evaluationResult: unknown;
  stash: Record<string, unknown>;
  logs: string[];
  /** What `util.appendError` added. */
  outErrors: RaisedError[];
  /** What ended it: `util.error`, a crash, or code that the service refuses. */
  error: {
    message: string;
    errorType: string | null;
    data?: unknown;
    errorInfo?: unknown;
    codeErrors?: readonly CodeError[];
  } | null;
  /** Where an early return goes; null for a usual return. */
  skipTo: 'END' | 'NEXT' | null;
  extensions: {
    responseHeaders: Record<string, string>;
    subscriptionFilter: SubscriptionFilter | null;
    invalidationFilter: SubscriptionFilter | null;
    invalidations: Invalidation[];
  };
}

function emptyAnswer(): EvaluateCodeAnswer {
  return {
    evaluationResult: null,
    stash: {},
    logs: [],
    outErrors: [],
    error: null,
    skipTo: null,
    extensions: {
      responseHeaders: {},
      subscriptionFilter: null,
      invalidationFilter: null,
      invalidations: [],
    },
  };
}

function contextOf(given: Partial<HandlerContext> & { args?: Record<string, unknown> } = {}): HandlerContext {
  return {
    identity: null,
    source: null,
    prev: null,
    ...given,
    arguments: given.arguments ?? given.args ?? {},
    stash: given.stash ?? {},
    info: given.info ?? {
      fieldName: '',
      parentTypeName: '',
      variables: {},
      selectionSetList: [],
      selectionSetGraphQL: '',
    },
    request: given.request ?? { headers: {}, domainName: null },
    env: given.env ?? {},
  };
}

function fileNameOf({ fileName = 'code.js' }: EvaluateCodeRequest): string {
  return fileName;
}

function sessionOf(request: EvaluateCodeRequest, answer: EvaluateCodeAnswer): HandlerSession {
  const { extensions, logs, outErrors } = answer;
  const headers = new ResponseHeaders();
  return {
    nowMs: request.nowMs ?? Date.now,
    authType: request.authType ?? authTypeOfIdentity(request.context?.identity),
    operation: request.operation ?? 'query',
    handler: request.function,
    appendError: (error) => outErrors.push(error),
    setSubscriptionFilter: (filter) => (extensions.subscriptionFilter = filter),
    setInvalidationFilter: (filter) => (extensions.invalidationFilter = filter),
    addResponseHeader: (name, value) => {
      headers.set(name, value);
      extensions.responseHeaders = headers.toObject();
    },
    invalidate: (invalidation) => {
      if (extensions.invalidations.length >= limits.invalidationsPerRequest)
        throw new Error(`a request may invalidate ${limits.invalidationsPerRequest} times at most`);
      extensions.invalidations.push(invalidation);
    },
    log: (level, values, place) => {
      const text = values.map((value) => JSON.stringify(value)).join(' ');
      logs.push(`${level} - ${fileNameOf(request)}:${place ?? '-1:-1'}: ${text}`);
    },
  };
}

function readSignal(signal: Exclude<Signal, { kind: 'crash' }>, answer: EvaluateCodeAnswer): void {
  if (signal.kind === 'earlyReturn') {
    answer.evaluationResult = signal.value ?? null;
    answer.skipTo = signal.skipTo;
  } else if (signal.kind === 'error') {
    const { message, errorType, data, errorInfo } = signal;
    answer.error = { message, errorType, data, errorInfo };
  } else {
    answer.error = { message: 'Unauthorized', errorType: 'Unauthorized' };
  }
}

function readOutcome(outcome: Outcome, answer: EvaluateCodeAnswer, wordsOf: (crash: Crash) => string): void {
  if (outcome.kind !== 'crash') answer.stash = outcome.stash;
  const end = outcome.kind === 'signal' ? outcome.signal : outcome;
  if (end.kind === 'value') answer.evaluationResult = end.value ?? null;
  else if (end.kind === 'crash') answer.error = { message: wordsOf(end), errorType: 'Code' };
  else readSignal(end, answer);
}

/** Evaluates one handler on one context, without data sources. Never throws for what the code does. */
export function evaluateCode(request: EvaluateCodeRequest): EvaluateCodeAnswer {
  const answer = emptyAnswer();
  try {
    const code = compileCode(fileNameOf(request), request.code);
    const context = contextOf(request.context);
    const outcome = evaluateHandler(code, request.function, context, sessionOf(request, answer));
    readOutcome(outcome, answer, (crash) => failureText(code, crash, fileNameOf(request)));
  } catch (thrown) {
    if (!(thrown instanceof CodeRefused)) throw thrown;
    const message = 'The code contains one or more errors.';
    const codeErrors = codeErrorsOf(fileNameOf(request), request.code, thrown.details);
    answer.error = { message, errorType: 'BadRequestException', codeErrors };
  }
  return answer;
}
