import { setTimeout as delay } from 'node:timers/promises';

/** Where the account of an asynchronous invocation goes; rejects when the target did not take it. */
export type Destination = (payload: string, attributes?: Record<string, string>) => Promise<void>;

export interface Delivery {
  payload: string;
  attributes?: Record<string, string>;
}

export interface DeliveryOptions {
  /** Pauses before the second and each further try. */
  delaysMs: readonly number[];
  signal: AbortSignal;
}

/** DELIVERED and LOST are final; STOPPED means that everything ends before it was known. */
export type DeliveryResult = { kind: 'DELIVERED' | 'STOPPED' } | { kind: 'LOST'; cause: Error };

/** Hands an account to its destination, a bounded number of times: what runs the function is not run again for that. */
export async function deliver(
  destination: Destination,
  { payload, attributes }: Delivery,
  { delaysMs, signal }: DeliveryOptions,
): Promise<DeliveryResult> {
  const isStopped = (): boolean => signal.aborted;
  for (let tries = 0; ; tries++) {
    try {
      await destination(payload, attributes);
      return { kind: 'DELIVERED' };
    } catch (error) {
      if (isStopped()) return { kind: 'STOPPED' };
      const pauseMs = delaysMs[tries];
      if (pauseMs === undefined)
        return { kind: 'LOST', cause: error instanceof Error ? error : new Error(String(error)) };
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (isStopped()) return { kind: 'STOPPED' };
    }
  }
}
