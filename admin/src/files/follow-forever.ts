import type { IngestionProgress } from '../../../schema/generated/types.ts';
import type { ProgressListener } from '../transport/api.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

interface Options {
  follow: (listener: ProgressListener) => () => void;
  onProgress: (progress: IngestionProgress) => void;
  onLive: (isLive: boolean) => void;
}

/** Follows, and begins again with growing pauses whenever the connection ends; returns how to stop for good. */
export function followForever({ follow, onProgress, onLive }: Options): () => void {
  let waitMs = FIRST_WAIT_MS;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let unfollow: (() => void) | null = null;
  let isStopped = false;

  function start(): void {
    let isOver = false;
    unfollow = follow({
      onProgress,
      onConnected: () => {
        waitMs = FIRST_WAIT_MS;
        onLive(true);
      },
      onDisconnected: () => {
        if (isOver || isStopped) return;
        isOver = true;
        onLive(false);
        // Jitter, so that many consoles do not come back in the same instant.
        timer = setTimeout(start, waitMs * (0.75 + Math.random() / 2));
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      },
    });
  }

  start();
  return () => {
    isStopped = true;
    if (timer) clearTimeout(timer);
    unfollow?.();
  };
}
