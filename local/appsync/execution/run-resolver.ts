import { authTypeOf } from '../auth/caller.ts';
import type { SourceAnswer } from '../datasource/data-source.ts';
import { answer } from '../datasource/data-source.ts';
import { callDynamoDb } from '../datasource/dynamodb.ts';
import { callLambda, callLambdaDirectly } from '../datasource/lambda.ts';
import type { LambdaCall } from '../datasource/lambda.ts';
import type { DataSource } from '../definition.ts';
import type { HandlerSession } from '../library/handler-session.ts';
import { limits } from '../limits.ts';
import { evaluateHandler, failureText } from '../runtime/evaluate-handler.ts';
import type { HandlerContext, HandlerName } from '../runtime/evaluate-handler.ts';
import type { CompiledCode } from '../runtime/compile-code.ts';
import type { ApiRuntime } from './api-runtime.ts';
import { FieldError } from './field-error.ts';
import type { WireError } from './field-error.ts';
import type { RequestSession } from './request-session.ts';
import type { CompiledResolver, Step } from './resolver-table.ts';

/** One run of one resolver. `context` is the run's own: its stash and results change. */
interface Run {
  api: ApiRuntime;
  session: RequestSession;
  context: HandlerContext;
  path: readonly (string | number)[];
  locations: WireError['locations'];
  /** Keeps of an error's data what the request selected. */
  pickData: (data: unknown) => unknown;
  /** What `util.unauthorized` ends the field with. */
  refusal: () => FieldError;
}

/** What a handler gave: a value, or the wish to leave early. */
interface Given {
  value: unknown;
  skipTo: 'END' | 'NEXT' | null;
}

function handlerSession(run: Run, name: string, handler: HandlerName): HandlerSession {
  const { api, session, path, locations } = run;
  const { clock, log } = api.ports;
  return {
    nowMs: () => clock.nowMs(),
    authType: authTypeOf(session.caller),
    operation: session.operation,
    handler,
    appendError: (error) =>
      session.appended.push({ path, locations, ...error, data: run.pickData(error.data) }),
    setSubscriptionFilter: (filter) => (session.subscriptionFilter = filter),
    setInvalidationFilter: (filter) => (session.invalidationFilter = filter),
    addResponseHeader: (header, value) => {
      session.responseHeaders.set(header, value);
    },
    invalidate: (invalidation) => {
      if (session.invalidations.length >= limits.invalidationsPerRequest) {
        throw new Error(`a request may invalidate ${limits.invalidationsPerRequest} times at most`);
      }
      session.invalidations.push(invalidation);
    },
    log: (level, values, place) => {
      const detail = { name, handler, place, values };
      log({ level, requestId: session.requestId, event: 'resolver.log', detail });
    },
  };
}

function evaluate(run: Run, code: CompiledCode, handler: HandlerName, name: string): Given {
  const { api, session, context } = run;
  const outcome = evaluateHandler(code, handler, context, handlerSession(run, name, handler));
  if (outcome.kind === 'crash' || (outcome.kind === 'signal' && outcome.signal.kind === 'crash')) {
    const crash =
      outcome.kind === 'crash' ? outcome : (outcome.signal as { message: string; stack?: string });
    const detail = { name, handler, message: crash.message, stack: crash.stack };
    api.ports.log({ level: 'ERROR', requestId: session.requestId, event: 'resolver.crash', detail });
    throw new FieldError(failureText(code, crash), 'Code');
  }
  context.stash = outcome.stash;
  if (outcome.kind === 'value') return { value: outcome.value ?? null, skipTo: null };
  const { signal } = outcome;
  if (signal.kind === 'earlyReturn') return { value: signal.value ?? null, skipTo: signal.skipTo };
  if (signal.kind === 'unauthorized') throw run.refusal();
  if (signal.kind === 'error')
    throw new FieldError(signal.message, signal.errorType, signal.errorInfo, run.pickData(signal.data));
  throw new FieldError(signal.message, 'Code');
}

function lambdaCall(run: Run, step: Step, source: Extract<DataSource, { type: 'AWS_LAMBDA' }>): LambdaCall {
  const field = run.path.filter((part) => typeof part === 'string').join('/');
  return {
    source,
    batchKey: `${step.name} ${field}`,
    maxBatchSize: step.maxBatchSize,
    batches: run.session.batches,
    invokeLambda: run.api.ports.invokeLambda,
    reportLate: (error) => {
      const { requestId } = run.session;
      const detail = { name: step.name, ...error };
      run.api.ports.log({ level: 'ERROR', requestId, event: 'lambda.event', detail });
    },
  };
}

function callSource(run: Run, step: Step, request: unknown): Promise<SourceAnswer> {
  const { source } = step;
  switch (source.type) {
    case 'NONE':
      return Promise.resolve(answer((request as { payload?: unknown } | null)?.payload ?? null));
    case 'AMAZON_DYNAMODB':
      return callDynamoDb(source, request, run.api.ports);
    case 'AWS_LAMBDA':
      return callLambda(lambdaCall(run, step, source), request);
  }
}

async function runDirectly(run: Run, step: Step): Promise<Given> {
  if (step.source.type !== 'AWS_LAMBDA') throw new FieldError('The resolver has no code', 'Code');
  const { result, error } = await callLambdaDirectly(lambdaCall(run, step, step.source), run.context);
  if (error) throw new FieldError(error.message, error.type, null, result);
  return { value: result, skipTo: null };
}

async function runStep(run: Run, step: Step): Promise<Given> {
  if (step.code === null) return runDirectly(run, step);
  const request = evaluate(run, step.code, 'request', step.name);
  if (request.skipTo !== null) return request;
  const { result, error } = await callSource(run, step, request.value);
  run.context.result = result;
  run.context.error = error ?? undefined;
  const response = evaluate(run, step.code, 'response', step.name);
  delete run.context.result;
  delete run.context.error;
  return response;
}

async function runPipeline(
  run: Run,
  resolver: Extract<CompiledResolver, { kind: 'PIPELINE' }>,
): Promise<unknown> {
  const { context } = run;
  const before = evaluate(run, resolver.code, 'request', resolver.name);
  context.prev = { result: before.value };
  for (const step of before.skipTo === null ? resolver.steps : []) {
    const given = await runStep(run, step);
    context.prev = { result: given.value };
    if (given.skipTo === 'END') break;
  }
  context.result = context.prev.result;
  return evaluate(run, resolver.code, 'response', resolver.name).value;
}

/** Runs a resolver to its field's value; a failure rejects with a `FieldError`. */
export async function runResolver(run: Run, resolver: CompiledResolver): Promise<unknown> {
  const { session, api } = run;
  session.resolversRun += 1;
  const limit = api.definition.resolverCountLimit || limits.resolversPerRequest;
  if (session.resolversRun > limit) {
    throw new FieldError(
      `Resolver invocation limit reached: ${limit} in one request.`,
      'ResolverExecutionLimitReached',
    );
  }
  if (resolver.kind === 'PIPELINE') return runPipeline(run, resolver);
  return (await runStep(run, resolver.step)).value;
}
