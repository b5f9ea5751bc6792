import { join } from 'node:path';
import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { Iam } from '../iam/index.ts';
import { startAsyncInvoker } from '../lambda/index.ts';
import type { AsyncInvoker, Destination, FunctionPool } from '../lambda/index.ts';
import { Queue } from '../sqs/index.ts';
import type { SqsService } from '../sqs/index.ts';

export interface AsyncSurroundings {
  resources: Resource[];
  iam: Iam;
  queues: SqsService;
  functions: ReadonlyMap<string, FunctionPool>;
  /** Where events wait. */
  folder: string;
  concurrency: number;
  onError: (line: string) => void;
}

const DAY_SECONDS = 86_400;
const LARGEST_AGE_SECONDS = 6 * 3600;
/** No invocation and no wait for a slot takes longer. */
const VISIBILITY_SECONDS = 43_200;

/** Makes every function callable without waiting, with the retries and destinations of the template. */
export async function createAsyncInvokers(around: AsyncSurroundings): Promise<Map<string, AsyncInvoker>> {
  const invokers = new Map<string, AsyncInvoker>();
  for (const resource of around.resources) {
    const target = around.functions.get(resource.arn);
    if (resource.typeName !== 'AWS::Lambda::Function' || !target) continue;
    const queue = await openEvents(resource, around.folder);
    const { concurrency, onError } = around;
    invokers.set(
      resource.arn,
      startAsyncInvoker({ queue, target, concurrency, onError, ...readPolicy(resource, around, invokers) }),
    );
  }
  return invokers;
}

function openEvents({ physicalId: name, arn }: Resource, folder: string): Promise<Queue> {
  return Queue.open(
    {
      name,
      arn,
      url: '',
      visibilityTimeoutSeconds: VISIBILITY_SECONDS,
      delaySeconds: 0,
      maximumMessageBytes: Infinity,
      // Older events are given up by their own rule, which tells a destination.
      retentionSeconds: 14 * DAY_SECONDS,
      waitTimeSeconds: 0,
      redrive: null,
    },
    { path: join(folder, `${name}.log`) },
  );
}

function readPolicy(
  resource: Resource,
  around: AsyncSurroundings,
  invokers: ReadonlyMap<string, AsyncInvoker>,
): Pick<
  Parameters<typeof startAsyncInvoker>[0],
  'retries' | 'maximumAgeSeconds' | 'onSuccess' | 'onFailure' | 'deadLetter'
> {
  const config = around.resources.find(
    ({ typeName, properties }) =>
      typeName === 'AWS::Lambda::EventInvokeConfig' &&
      (properties.FunctionName === resource.physicalId || properties.FunctionName === resource.arn),
  );
  const { DestinationConfig = {}, MaximumRetryAttempts, MaximumEventAgeInSeconds } = config?.properties ?? {};
  const { OnSuccess, OnFailure } = DestinationConfig as Record<string, { Destination?: string } | undefined>;
  const { TargetArn } = (resource.properties.DeadLetterConfig ?? {}) as { TargetArn?: string };
  const target = (arn: string | undefined): Destination | undefined =>
    arn === undefined ? undefined : createDestination(arn, { resource, around, invokers });
  return {
    retries: Number(MaximumRetryAttempts ?? 2),
    maximumAgeSeconds: Number(MaximumEventAgeInSeconds ?? LARGEST_AGE_SECONDS),
    onSuccess: target(OnSuccess?.Destination),
    onFailure: target(OnFailure?.Destination),
    deadLetter: target(TargetArn),
  };
}

/** Fails for a FIFO queue: S3, EventBridge and the destinations of functions send to none. */
export function requireStandard(queue: Queue | undefined, sender: string): void {
  if (queue?.definition.fifo)
    throw new InvalidAssembly(
      `${sender} sends to ${queue.definition.name}, a FIFO queue; expected a standard queue`,
    );
}

/** Fails when the role of the function may not use its destination: the deployed one would lose what it sends there. */
function createDestination(
  arn: string,
  {
    resource,
    around,
    invokers,
  }: { resource: Resource; around: AsyncSurroundings; invokers: ReadonlyMap<string, AsyncInvoker> },
): Destination {
  const { iam, queues, functions } = around;
  const queue = queues.queues.get(arn);
  if (!queue && !functions.has(arn))
    throw new InvalidAssembly(
      `${resource.logicalId} sends to ${arn}; expected a queue or function of the assembly`,
    );
  requireStandard(queue, resource.logicalId);
  const { principal } = iam.assumeRole(String(resource.properties.Role), resource.physicalId);
  const decision = iam.decide(principal, queue ? 'sqs:SendMessage' : 'lambda:InvokeFunction', arn);
  if (!decision.allowed)
    throw new InvalidAssembly(`${resource.logicalId} may not send to its destination: ${decision.message}`);
  return async (body, attributes = {}) => {
    const entries = Object.entries(attributes).map(
      ([name, value]) =>
        [name, { DataType: name === 'ErrorCode' ? 'Number' : 'String', StringValue: value }] as const,
    );
    if (queue) await queue.send([{ body, attributes: Object.fromEntries(entries), delaySeconds: null }]);
    else await invokers.get(arn)?.enqueue(JSON.parse(body));
  };
}
