import type { DataSource } from '../definition.ts';
import { limits } from '../limits.ts';
import type { AppSyncPorts, LambdaOutcome } from '../ports.ts';
import { answer, describe, failure, refuseRequest, requestObject, requireMember } from './data-source.ts';
import type { SourceAnswer } from './data-source.ts';
import type { LambdaBatches } from './lambda-batch.ts';

type LambdaSource = Extract<DataSource, { type: 'AWS_LAMBDA' }>;

/** One call of a Lambda data source. */
export interface LambdaCall {
  source: LambdaSource;
  /** Same for sibling fields: what may share a batch. */
  batchKey: string;
  maxBatchSize: number;
  batches: LambdaBatches;
  invokeLambda: AppSyncPorts['invokeLambda'];
  /** Hears of what failed after the resolver had gone on. */
  reportLate: (error: { type: string; message: string }) => void;
}

interface DirectAnswer {
  data?: unknown;
  errorMessage?: unknown;
  errorType?: unknown;
}

function unhandled(outcome: LambdaOutcome): SourceAnswer {
  const message = (outcome.payload as { errorMessage?: unknown } | null)?.errorMessage;
  return failure(
    'Lambda:Unhandled',
    typeof message === 'string' ? message : 'The function failed without a message.',
  );
}

async function invoke(call: LambdaCall, payload: unknown): Promise<SourceAnswer> {
  const { source, invokeLambda } = call;
  try {
    const outcome = await invokeLambda(source.functionArn, payload, source.roleArn);
    return outcome.functionError === undefined ? answer(outcome.payload) : unhandled(outcome);
  } catch (thrown) {
    const { name, message } = thrown as Error;
    return failure(`Lambda:${name}`, message);
  }
}

async function sendBatch(call: LambdaCall, payloads: unknown[]): Promise<SourceAnswer[]> {
  const { result, error } = await invoke(call, payloads);
  if (error) return payloads.map(() => ({ result: null, error }));
  if (Array.isArray(result) && result.length === payloads.length) return result.map(answer);
  const got = Array.isArray(result) ? `${result.length} results` : 'no list';
  const message = `The function got a batch of ${payloads.length} and answered ${got}.`;
  return payloads.map(() => failure('Lambda:IllegalArgument', message));
}

async function batchInvoke(call: LambdaCall, payload: unknown): Promise<SourceAnswer> {
  const size = call.maxBatchSize > 0 ? call.maxBatchSize : limits.lambdaDefaultBatchSize;
  const send = (payloads: unknown[]): Promise<SourceAnswer[]> => sendBatch(call, payloads);
  return (await call.batches.add(call.batchKey, payload, size, send)) as SourceAnswer;
}

/** Hands the payload over and answers null: what the function does with it is its own affair. */
function invokeLater(call: LambdaCall, operation: unknown, payload: unknown): SourceAnswer {
  if (operation !== 'Invoke') {
    refuseRequest(`Unsupported operation ${describe(operation)} with invocationType Event: expected Invoke.`);
  }
  void invoke(call, payload).then(({ error }) => {
    if (error) call.reportLate(error);
  });
  return answer(null);
}

/** Runs what a request handler returned: `{ operation: 'Invoke' | 'BatchInvoke', payload }`. */
export async function callLambda(call: LambdaCall, value: unknown): Promise<SourceAnswer> {
  const request = requestObject(value);
  const operation = requireMember(request, 'operation');
  const { payload = null, invocationType = 'RequestResponse' } = request;
  if (invocationType === 'Event') return invokeLater(call, operation, payload);
  if (invocationType !== 'RequestResponse') {
    refuseRequest(
      `Unsupported invocationType ${describe(invocationType)}: expected RequestResponse or Event.`,
    );
  }
  if (operation === 'Invoke') return invoke(call, payload);
  if (operation === 'BatchInvoke') return batchInvoke(call, payload);
  return refuseRequest(`Unsupported operation ${describe(operation)}: expected Invoke or BatchInvoke.`);
}

/** Calls a function without handlers: it gets the whole context, alone or in a batch. */
export async function callLambdaDirectly(call: LambdaCall, context: unknown): Promise<SourceAnswer> {
  if (call.maxBatchSize === 0) return invoke(call, context);
  const { result, error } = await batchInvoke(call, context);
  const item = result as DirectAnswer | null;
  if (error || typeof item?.errorMessage !== 'string') return { result: item?.data ?? null, error };
  const type = typeof item.errorType === 'string' ? item.errorType : 'Lambda:Unhandled';
  return failure(type, item.errorMessage, item.data ?? null);
}
