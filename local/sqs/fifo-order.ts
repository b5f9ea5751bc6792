import type { Accepted, LoggedMessage } from './log-records.ts';

/** What makes a queue a FIFO queue. */
export interface FifoRules {
  /** Without a deduplication id the digest of the body counts. */
  isContentBased: boolean;
  /** Whether one id counts for the whole queue or for its group alone. */
  scope: 'queue' | 'messageGroup';
}

/** A message that was accepted within this time is not accepted again. */
export const DEDUPLICATION_MS = 300_000;

interface Stored extends LoggedMessage {
  receiptHandle: string | null;
}

/** Tells whether `accepted` still keeps its like out. */
export function isRemembered({ sentMs }: Accepted, nowMs: number): boolean {
  return sentMs + DEDUPLICATION_MS > nowMs;
}

/** Returns under what a message is remembered. */
export function deduplicationKey(
  { scope }: FifoRules,
  {
    groupId = '',
    deduplicationId = '',
  }: { groupId?: string | undefined; deduplicationId?: string | undefined },
): string {
  return JSON.stringify(scope === 'queue' ? [deduplicationId] : [groupId, deduplicationId]);
}

/** Sorts messages as they were sent: what is visible again comes before what was sent after it. */
export function bySequence(left: LoggedMessage, right: LoggedMessage): number {
  return (left.sequence ?? 0) - (right.sequence ?? 0);
}

/** Returns the groups of which a message is in flight, so that no other of them may be received. */
export function blockedGroups(hidden: Iterable<Stored>): Set<string> {
  const groups = new Set<string>();
  for (const { receiptHandle, groupId } of hidden)
    if (receiptHandle !== null && groupId !== undefined) groups.add(groupId);
  return groups;
}

/** Returns the twenty digits that the service gives as sequence number. */
export function presentSequence(sequence: number): string {
  return String(sequence).padStart(20, '0');
}
