import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_DELAY_MS = 25;
const LONGEST_DELAY_MS = 1_600;

/** Waits before attempt `attempt` (1 is the first retry): exponential with full jitter, at most 1.6 s. */
export async function waitBeforeRetry(attempt: number): Promise<void> {
  const ceilingMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  await sleep(Math.random() * ceilingMs);
}
