/** Before this a rate is chance. */
const MIN_ELAPSED_MS = 3_000;
const MINUTE_SECONDS = 60;

/** How far a stage has come, and since when. */
export interface Pace {
  done: number;
  total: number;
  elapsedMs: number;
}

function describeDuration(seconds: number): string {
  if (seconds < MINUTE_SECONDS) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.ceil(seconds / MINUTE_SECONDS)} min`;
}

/** Returns a sentence on the rate of a stage and the time that it still takes; null while that is not known. */
export function describePace({ done, total, elapsedMs }: Pace, noun: string): string | null {
  if (elapsedMs < MIN_ELAPSED_MS || done <= 0 || done >= total) return null;
  const perSecond = (done * 1_000) / elapsedMs;
  const rate = perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en-US');
  return `${rate} ${noun} a second, about ${describeDuration((total - done) / perSecond)} left.`;
}
