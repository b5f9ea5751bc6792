import { limits } from './limits.ts';
import { ResponseHeaders } from './library/http.ts';
import type {
  HandlerSession,
  Invalidation,
  RaisedError,
  SubscriptionFilter,
} from './library/handler-session.ts';
import { CodeRefused, compileCode } from './runtime/compile-code.ts';
import { evaluateHandler } from './runtime/evaluate-handler.ts';
import type { HandlerContext, HandlerName } from './runtime/evaluate-handler.ts';
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
    codeErrors?: readonly string[];
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

function sessionOf(request: EvaluateCodeRequest, answer: EvaluateCodeAnswer): HandlerSession {
  const { extensions, logs, outErrors } = answer;
  const headers = new ResponseHeaders();
  return {
    nowMs: request.nowMs ?? Date.now,
    authType: request.authType ?? 'API Key Authorization',
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
    log: (level, values) => {
      const text = values
        .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
        .join(' ');
      logs.push(`${level} - ${text}`);
    },
  };
}

function readSignal(signal: Signal, answer: EvaluateCodeAnswer): void {
  if (signal.kind === 'earlyReturn') {
    answer.evaluationResult = signal.value ?? null;
    answer.skipTo = signal.skipTo;
  } else if (signal.kind === 'error') {
    const { message, errorType, data, errorInfo } = signal;
    answer.error = { message, errorType, data, errorInfo };
  } else if (signal.kind === 'unauthorized') {
    answer.error = { message: 'Unauthorized', errorType: 'Unauthorized' };
  } else {
    answer.error = { message: signal.message, errorType: 'Code' };
  }
}

function readOutcome(outcome: Outcome, answer: EvaluateCodeAnswer): void {
  if (outcome.kind === 'crash') {
    const place = /\(?([^\s()]+:\d+:\d+)\)?/.exec(outcome.stack)?.[1];
    answer.error = { message: `${outcome.message}${place ? ` (${place})` : ''}`, errorType: 'Code' };
    return;
  }
  answer.stash = outcome.stash;
  if (outcome.kind === 'value') answer.evaluationResult = outcome.value ?? null;
  else readSignal(outcome.signal, answer);
}

/** Evaluates one handler on one context, without data sources. Never throws for what the code does. */
export function evaluateCode(request: EvaluateCodeRequest): EvaluateCodeAnswer {
  const answer = emptyAnswer();
  try {
    const code = compileCode(request.fileName ?? 'code.js', request.code);
    const context = contextOf(request.context);
    readOutcome(evaluateHandler(code, request.function, context, sessionOf(request, answer)), answer);
  } catch (thrown) {
    if (!(thrown instanceof CodeRefused)) throw thrown;
    const message = 'The code contains constructs that the service refuses.';
    answer.error = { message, errorType: 'BadRequestException', codeErrors: thrown.faults };
  }
  return answer;
}
