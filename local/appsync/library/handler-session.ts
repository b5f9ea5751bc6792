import type { Signal } from '../runtime/sandbox.ts';

/** An error that a handler adds without ending the field. */
export interface RaisedError {
  message: string;
  errorType: string | null;
  data: unknown;
  errorInfo: unknown;
}

/** `{ filterGroup: [{ filters: [{ fieldName, operator, value }] }] }`, checked. */
export interface SubscriptionFilter {
  filterGroup: { filters: { fieldName: string; operator: string; value: unknown }[] }[];
}

export interface Invalidation {
  subscriptionField: string;
  payload: Record<string, unknown>;
}

/** What the functions of one evaluation may read and change outside of the sandbox. */
export interface HandlerSession {
  nowMs: () => number;
  /** As `util.authType()` spells it. */
  authType: string;
  operation: 'query' | 'mutation' | 'subscription';
  handler: 'request' | 'response';
  appendError: (error: RaisedError) => void;
  setSubscriptionFilter: (filter: SubscriptionFilter | null) => void;
  setInvalidationFilter: (filter: SubscriptionFilter | null) => void;
  /** A checked header of the HTTP answer; throws when all of them become too large. */
  addResponseHeader: (name: string, value: string) => void;
  invalidate: (invalidation: Invalidation) => void;
  /** `place` is `line:column` in the code of the handler. */
  log: (level: 'INFO' | 'ERROR', values: unknown[], place: string | null) => void;
}

/** Ends the evaluation from inside a function. */
export class SignalRaised extends Error {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(signal.kind);
    this.name = 'SignalRaised';
    this.signal = signal;
  }
}

/** A function of the library: JSON in, JSON out. */
export type LibraryFunction = (args: unknown[], session: HandlerSession, place: string | null) => unknown;
