import { join } from 'node:path';
import type { Resource } from '../assembly/index.ts';
import type { FifoRules } from './fifo-order.ts';
import { Queue } from './queue.ts';
import type { QueueDefinition } from './queue.ts';

/** Opens every queue of the template, by ARN, with its redrive to the dead-letter queue. */
export async function openQueues(
  resources: Resource[],
  folder: string,
  urlOf: (name: string) => string,
): Promise<Map<string, Queue>> {
  for (const resource of resources) {
    checkRedrive(resource.logicalId, resource.properties, resources);
    checkName(resource);
  }
  const queues = new Map<string, Queue>();
  for (const resource of resources) {
    const definition = defineQueue(resource, urlOf(resource.physicalId));
    const queue = await Queue.open(definition, {
      path: join(folder, `${definition.name}.log`),
      deadLetter: (message) => {
        const target = queues.get(definition.redrive?.targetArn ?? '');
        if (!target)
          throw new Error(
            `the dead-letter queue ${definition.redrive?.targetArn} of ${definition.name} is not declared`,
          );
        return target.adopt(message);
      },
    });
    queues.set(definition.arn, queue);
  }
  return queues;
}

function defineQueue({ logicalId, physicalId, arn, properties }: Resource, url: string): QueueDefinition {
  const number = (name: string, fallback: number): number => {
    const value = Number(properties[name] ?? fallback);
    if (!Number.isInteger(value) || value < 0)
      throw new Error(`${logicalId}.${name} is ${JSON.stringify(properties[name])}; expected a whole number`);
    return value;
  };
  return {
    name: physicalId,
    arn,
    url,
    visibilityTimeoutSeconds: number('VisibilityTimeout', 30),
    delaySeconds: number('DelaySeconds', 0),
    maximumMessageBytes: number('MaximumMessageSize', 1_048_576),
    retentionSeconds: number('MessageRetentionPeriod', 345_600),
    waitTimeSeconds: number('ReceiveMessageWaitTimeSeconds', 0),
    redrive: readRedrive(properties.RedrivePolicy),
    ...(isFifo(properties) && { fifo: readFifo(logicalId, properties) }),
  };
}

const isTrue = (value: unknown): boolean => value === true || value === 'true';
const isFifo = ({ FifoQueue }: Resource['properties']): boolean => isTrue(FifoQueue);

function readFifo(
  logicalId: string,
  { ContentBasedDeduplication, DeduplicationScope = 'queue' }: Resource['properties'],
): FifoRules {
  if (DeduplicationScope !== 'queue' && DeduplicationScope !== 'messageGroup')
    throw new Error(
      `${logicalId}.DeduplicationScope is ${JSON.stringify(DeduplicationScope)}; expected queue or messageGroup`,
    );
  return { isContentBased: isTrue(ContentBasedDeduplication), scope: DeduplicationScope };
}

function checkName({ logicalId, physicalId, properties }: Resource): void {
  if (isFifo(properties) !== physicalId.endsWith('.fifo'))
    throw new Error(
      `${logicalId}.QueueName is "${physicalId}"; expected .fifo at its end exactly when FifoQueue is true`,
    );
  for (const name of ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'])
    if (!isFifo(properties) && properties[name] !== undefined && properties[name] !== false)
      throw new Error(`${logicalId}.${name} is for FIFO queues alone; FifoQueue is not true`);
}

/** Fails on what the service would refuse: a target that is not there, and a count out of its range. */
function checkRedrive(logicalId: string, properties: Resource['properties'], resources: Resource[]): void {
  const redrive = readRedrive(properties.RedrivePolicy);
  if (!redrive) return;
  const { targetArn, maxReceiveCount } = redrive;
  const target = resources.find(({ arn }) => arn === targetArn);
  if (!target)
    throw new Error(
      `${logicalId}.RedrivePolicy.deadLetterTargetArn is ${targetArn}, which the assembly does not declare`,
    );
  if (isFifo(target.properties) !== isFifo(properties))
    throw new Error(
      `${logicalId}.RedrivePolicy.deadLetterTargetArn is ${targetArn}; expected a queue of the same kind, FIFO or standard`,
    );
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1000)
    throw new Error(
      `${logicalId}.RedrivePolicy.maxReceiveCount is ${maxReceiveCount}; expected a whole number from 1 to 1000`,
    );
}

function readRedrive(policy: unknown): QueueDefinition['redrive'] {
  if (policy === undefined) return null;
  const { deadLetterTargetArn, maxReceiveCount } = policy as {
    deadLetterTargetArn: string;
    maxReceiveCount: number | string;
  };
  return { targetArn: deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}
