import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { EventSourceMapping } from '../events/index.ts';

/** What the template says of one event source mapping; `concurrencyLimit` is what this machine runs at once. */
export function defineMapping(
  { logicalId, properties }: Resource,
  concurrencyLimit: number,
): EventSourceMapping & { queueArn: string; functionName: string } {
  const scaling = (properties.ScalingConfig ?? {}) as { MaximumConcurrency?: number | string };
  const batchSize = Number(properties.BatchSize ?? 10);
  const batchingWindowMs = Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const queueArn = String(properties.EventSourceArn);
  if (!queueArn.startsWith('arn:aws:sqs:'))
    throw new InvalidAssembly(`${logicalId}.EventSourceArn is ${queueArn}; expected a queue`);
  if (batchSize > 10 && batchingWindowMs === 0) {
    throw new InvalidAssembly(
      `${logicalId}.BatchSize is ${batchSize}; above 10 it needs MaximumBatchingWindowInSeconds`,
    );
  }
  const maximum = scaling.MaximumConcurrency;
  if (maximum !== undefined && !(Number(maximum) >= 2 && Number(maximum) <= 1000))
    throw new InvalidAssembly(
      `${logicalId}.ScalingConfig.MaximumConcurrency is ${maximum}; expected a number from 2 to 1000`,
    );
  return {
    logicalId,
    batchSize,
    batchingWindowMs,
    reportsItemFailures: ((properties.FunctionResponseTypes ?? []) as string[]).includes(
      'ReportBatchItemFailures',
    ),
    concurrency: Math.min(Number(scaling.MaximumConcurrency ?? concurrencyLimit), concurrencyLimit),
    queueArn,
    functionName: String(properties.FunctionName).split(':').pop() ?? '',
  };
}
