import type { RecordTable } from '../../shared/records.ts';
import type { IngestionDeps, PartDeps } from '../ingestion-deps.ts';
import type { MessageQueue } from '../storage/send-message.ts';

/** What tidying up works with. */
export interface MaintenanceDeps extends IngestionDeps {
  records: RecordTable;
  planQueue: MessageQueue;
  partsQueue: MessageQueue;
  openEngine: PartDeps['openEngine'];
}

/** The time after which a run stops and asks for another: far below the 15 minutes that a function may run. */
export const RUN_MS = 4 * 60_000;

/** Returns a check whether a run still has time. */
export function startClock(deps: MaintenanceDeps): () => boolean {
  const endsAt = deps.now() + RUN_MS;
  return () => deps.now() < endsAt;
}
