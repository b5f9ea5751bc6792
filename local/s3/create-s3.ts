import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Services } from './exchange.ts';
import { handleRequest } from './handle-request.ts';
import { ObjectStore } from './object-store.ts';
import { Outbox } from './outbox.ts';
import { runLifecycle } from './run-lifecycle.ts';
import type { PendingEvent } from './record.ts';
import type { BucketConfig, S3Options } from './types.ts';

const LIFECYCLE_INTERVAL_MS = 3_600_000;

export interface S3 {
  /** Answers one HTTP request; never fails. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>;
  /** Resolves when every recorded event has been delivered. */
  whenDelivered(): Promise<void>;
  /** Removes what has expired by now; it also happens by itself, once an hour. */
  runLifecycle(): Promise<void>;
  /** Ends deliveries and writes; what was acknowledged is on disk. Close the HTTP server before. */
  close(): Promise<void>;
}

/** Opens the S3 stand-in over a folder, and goes on with the events that were recorded but not delivered. */
export async function createS3(options: S3Options): Promise<S3> {
  options.buckets.forEach((bucket) => {
    checkBucket(bucket, options);
  });
  const outboxes = new Map<string, Outbox>();
  const store = await ObjectStore.open({
    directory: options.directory,
    clock: options.clock ?? Date.now,
    onEvents: (events) => {
      dispatch(events);
    },
    onWarning: options.onWarning,
  });
  const settle = (eventId: string): Promise<void> =>
    store.commit(`event ${eventId}`, () => [{ type: 'delivered', eventId }]);
  for (const bucket of options.buckets) {
    for (const rule of bucket.notifications) {
      outboxes.set(
        outboxName(bucket.name, rule.id),
        new Outbox({ rule, settle, onWarning: options.onWarning }),
      );
    }
  }

  function dispatch(events: Iterable<PendingEvent>): void {
    for (const event of events) outboxes.get(outboxName(event.bucket, event.ruleId))?.add([event]);
  }

  await dropStrandedEvents(store, { outboxes, options });
  dispatch([...store.state.pendingEvents.values()]);
  const { birthtimeMs: createdMs } = await stat(options.directory);
  const services: Services = { options, store, createdMs };
  const now = options.clock ?? Date.now;
  const lifecycle = startLifecycle(() => runLifecycle(services, now()), options.onWarning);
  return {
    runLifecycle: () => runLifecycle(services, now()),
    handle: (req, res) => handleRequest(services, req, res),
    async whenDelivered() {
      await Promise.all([...outboxes.values()].map((outbox) => outbox.whenIdle()));
    },
    async close() {
      await lifecycle.stop();
      await Promise.all([...outboxes.values()].map((outbox) => outbox.close()));
      await store.close();
    },
  };
}

/** Runs once an hour, never twice at a time. */
function startLifecycle(
  run: () => Promise<void>,
  onWarning: S3Options['onWarning'],
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= run()
      .catch((error: unknown) => {
        onWarning(`the lifecycle rules could not be run: ${String(error)}`);
      })
      .finally(() => {
        running = undefined;
      });
  }, LIFECYCLE_INTERVAL_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** Events of rules that are no longer declared could never be delivered. */
async function dropStrandedEvents(
  store: ObjectStore,
  { outboxes, options }: { outboxes: ReadonlyMap<string, Outbox>; options: S3Options },
): Promise<void> {
  for (const event of [...store.state.pendingEvents.values()]) {
    if (outboxes.has(outboxName(event.bucket, event.ruleId))) continue;
    options.onWarning(
      `the event of ${event.record.s3.object.key} in ${event.bucket} is dropped: the rule "${event.ruleId}" is no longer declared`,
    );
    await store.commit(`event ${event.id}`, () => [{ type: 'delivered', eventId: event.id }]);
  }
}

function outboxName(bucket: string, ruleId: string): string {
  return `${bucket}/${ruleId}`;
}

function checkBucket(bucket: BucketConfig, { buckets }: S3Options): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket.name)) {
    throw new Error(
      `bucket name is "${bucket.name}"; expected 3 to 63 lower-case letters, digits, dots and hyphens`,
    );
  }
  if (buckets.filter(({ name }) => name === bucket.name).length > 1)
    throw new Error(`bucket ${bucket.name} is declared twice`);
  const ids = bucket.notifications.map(({ id }) => id);
  if (new Set(ids).size < ids.length)
    throw new Error(`bucket ${bucket.name} has two notification rules with one id: ${ids.join(', ')}`);
  for (const event of bucket.notifications.flatMap(({ events }) => events)) {
    if (!/^s3:Object(Created|Removed):(\*|[A-Za-z]+)$/.test(event)) {
      throw new Error(
        `bucket ${bucket.name} wants the event "${event}"; expected s3:ObjectCreated:… or s3:ObjectRemoved:…`,
      );
    }
  }
}
