import { randomUUID } from 'node:crypto';
import type { Resource } from '../assembly/index.ts';
import { parseSchedule } from './schedule-expression.ts';

export interface SchedulerOptions {
  accountId: string;
  region: string;
  /** Sends an event to a target; rejects when the target did not take it. */
  deliver(targetArn: string, event: unknown): Promise<void>;
  onError: (line: string) => void;
  nowMs?: () => number;
}

interface Target {
  Arn: string;
  Id: string;
  Input?: string;
}

const MINUTE_MS = 60_000;
const ATTEMPTS = 3;
const TARGET_PROPERTIES = new Set(['Arn', 'Id', 'Input', 'RetryPolicy', 'DeadLetterConfig']);

/** Runs the enabled schedules of the template; the returned function ends it. */
export function startScheduler(rules: Resource[], options: SchedulerOptions): () => void {
  const nowMs = options.nowMs ?? Date.now;
  const schedules = rules
    .filter(({ properties }) => properties.State !== 'DISABLED')
    .map((rule) => ({
      rule,
      targets: readTargets(rule),
      isDue: parseSchedule(String(rule.properties.ScheduleExpression)),
      lastMs: nowMs(),
    }));
  let timer = setTimeout(tick, untilNextMinute(nowMs()));

  function tick(): void {
    const minuteMs = nowMs() - (nowMs() % MINUTE_MS);
    for (const schedule of schedules) {
      // A rate counts from its start, which is rarely at a full minute.
      if (!schedule.isDue(minuteMs, schedule.lastMs - (schedule.lastMs % MINUTE_MS))) continue;
      schedule.lastMs = minuteMs;
      for (const target of schedule.targets) void fire(schedule.rule, target);
    }
    timer = setTimeout(tick, untilNextMinute(nowMs()));
  }

  async function fire(rule: Resource, target: Target): Promise<void> {
    const event =
      target.Input === undefined
        ? scheduledEvent(rule, options, nowMs())
        : (JSON.parse(target.Input) as unknown);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        await options.deliver(target.Arn, event);
        return;
      } catch (error) {
        options.onError(
          `schedule ${rule.physicalId}, attempt ${attempt} of ${ATTEMPTS}: ${(error as Error).message}`,
        );
      }
    }
  }

  return () => {
    clearTimeout(timer);
  };
}

const untilNextMinute = (now: number): number => MINUTE_MS - (now % MINUTE_MS) + 1;

function readTargets({ logicalId, properties }: Resource): Target[] {
  const targets = (properties.Targets ?? []) as Target[];
  for (const target of targets) {
    for (const name of Object.keys(target)) {
      if (!TARGET_PROPERTIES.has(name))
        throw new Error(`${logicalId}.Targets has ${name}, which is not supported on one machine`);
    }
  }
  return targets;
}

/** Returns the event that a schedule sends to its targets. */
export function scheduledEvent(
  rule: Resource,
  { accountId, region }: { accountId: string; region: string },
  atMs: number,
): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [rule.arn],
    detail: {},
  };
}
