import type { InstanceAnswer } from './instance.ts';

export interface InvocationOutcome {
  requestId: string;
  /** JSON text: the handler's result, or `{ errorType, errorMessage, trace }`. */
  payload: string;
  functionError?: 'Unhandled';
}

/** The service's limit on a request and on a response. */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** Turns what an instance answered into what the service answers. */
export function toOutcome(requestId: string, answer: InstanceAnswer): InvocationOutcome {
  if ('fault' in answer) {
    const { errorType, errorMessage, trace } = answer.fault;
    const isOfRuntime = errorType.startsWith('Sandbox.') || errorType.startsWith('Runtime.');
    const message = isOfRuntime ? `RequestId: ${requestId} Error: ${errorMessage}` : errorMessage;
    return toFailure(requestId, { errorType, errorMessage: message, trace });
  }
  if (Buffer.byteLength(answer.payload) > PAYLOAD_LIMIT_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`;
    return toFailure(requestId, { errorType: 'Function.ResponseSizeTooLarge', errorMessage });
  }
  return { requestId, payload: answer.payload };
}

function toFailure(requestId: string, fault: object): InvocationOutcome {
  return { requestId, functionError: 'Unhandled', payload: JSON.stringify(fault) };
}
