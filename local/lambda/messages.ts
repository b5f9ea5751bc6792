/** What the runtime and a function's thread say to each other. Payloads travel as JSON text, as they would over the wire. */

export interface WorkerSettings {
  /** Absolute path of the folder or file that holds the code. */
  codePath: string;
  /** `<file>.<export>`. */
  handler: string;
  functionName: string;
  functionArn: string;
  memoryMb: number;
  logGroupName: string;
  logStreamName: string;
}

export interface InvokeMessage {
  requestId: string;
  payload: string;
  /** Unix time at which the invocation is over. */
  deadlineMs: number;
}

export interface FunctionFault {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type WorkerMessage =
  | { kind: 'READY' }
  | { kind: 'INIT_FAILED'; fault: FunctionFault }
  | { kind: 'RESULT'; requestId: string; payload: string }
  | { kind: 'FAULT'; requestId: string; fault: FunctionFault };
