export { startPoller } from './queue-poller.ts';
export type { EventSourceMapping } from './queue-poller.ts';
export { startScheduler } from './scheduler.ts';
