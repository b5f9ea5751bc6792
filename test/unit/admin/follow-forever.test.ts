import { expect, test, vi } from 'vitest';
import { followForever } from '../../../admin/src/files/follow-forever.ts';
import type { ProgressListener } from '../../../admin/src/transport/api.ts';

test('follows again with growing pauses, and no more after it was stopped', () => {
  vi.useFakeTimers();
  const listeners: ProgressListener[] = [];
  const live: boolean[] = [];
  const stop = followForever({
    follow: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    onProgress: () => undefined,
    onLive: (isLive) => live.push(isLive),
  });

  listeners[0]?.onConnected();
  listeners[0]?.onDisconnected();
  listeners[0]?.onDisconnected();
  vi.advanceTimersByTime(1250);
  listeners[1]?.onDisconnected();
  vi.advanceTimersByTime(1250);
  const early = listeners.length;
  vi.advanceTimersByTime(1250);
  listeners[2]?.onDisconnected();
  stop();
  vi.advanceTimersByTime(120_000);
  vi.useRealTimers();

  expect(live).toEqual([true, false, false, false]);
  expect(early).toBe(2);
  expect(listeners).toHaveLength(3);
});
