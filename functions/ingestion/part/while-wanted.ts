import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '../../shared/log.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { FileVersion } from '../storage/object-keys.ts';

/** The version is not wanted any more: its file is being deleted or has a newer version, or it was cancelled or given up. */
export class Superseded extends Error {}

interface Watch {
  of: FileVersion;
  /** Throws `Superseded` when nobody waits for the version any more. */
  check: () => Promise<void>;
}

/** Looks again and again until `end`; what it finds ends the work. A look that fails says nothing: the work goes on. */
async function lookOn({ of, check }: Watch, work: AbortController, end: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(INGESTION_LIMITS.partLookMs, undefined, { signal: end }).catch(() => undefined);
    if (end.aborted) return;
    try {
      await check();
    } catch (error) {
      if (error instanceof Superseded) {
        work.abort(error);
        return;
      }
      log.error('it could not be seen whether a part is still wanted', error, { ...of });
    }
  }
}

/** Does work that takes long, and ends it by its signal, within seconds, when its version is not wanted any more. */
export async function whileWanted<Result>(
  watch: Watch,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const end = new AbortController();
  const looking = lookOn(watch, controller, end.signal);
  try {
    return await work(controller.signal);
  } finally {
    end.abort();
    await looking;
  }
}
