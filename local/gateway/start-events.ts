import { InvalidAssembly } from '../assembly/index.ts';
import type { Naming, ResolvedAssembly } from '../assembly/index.ts';
import { startPoller, startScheduler } from '../events/index.ts';
import type { Closers } from './closers.ts';
import { requireStandard } from './declared-async.ts';
import { defineMapping } from './declared-mappings.ts';
import { requirePollingAccess, requireServiceAccess } from './resource-access.ts';
import { closeAsyncInvokers, declared } from './start-services.ts';
import type { Services } from './start-services.ts';

export interface EventsOptions {
  assembly: ResolvedAssembly;
  naming: Naming;
  services: Services;
  closers: Closers;
  onError: (line: string) => void;
}

/** Starts what calls functions by itself: pollers of queues, and schedules. */
export function startEvents(options: EventsOptions): void {
  for (const resource of declared(options.assembly, 'AWS::Lambda::EventSourceMapping')) {
    if (resource.properties.Enabled !== false) startMapping(resource, options);
  }
  startSchedules(options);
  // Before the functions end: what is cut off then must not count as failed.
  options.closers.add(() => closeAsyncInvokers(options.services));
}

function startMapping(
  resource: ReturnType<typeof declared>[number],
  { assembly, naming, services, closers, onError }: EventsOptions,
): void {
  const mapping = defineMapping(resource, services.backgroundLimit);
  const queue = services.queues.queues.get(mapping.queueArn);
  const target = [...services.functions.values()].find(
    ({ definition }) => definition.name === mapping.functionName,
  );
  if (!queue || !target)
    throw new InvalidAssembly(`${resource.logicalId} names a queue or function that is not declared`);
  const role = declared(assembly, 'AWS::Lambda::Function').find(({ arn }) => arn === target.definition.arn)
    ?.properties.Role;
  requirePollingAccess(services.iam, String(role), mapping.queueArn);
  closers.add(startPoller(mapping, { queue, target, region: naming.region, onError }));
}

function startSchedules({ assembly, naming, services, closers, onError }: EventsOptions): void {
  const rules = declared(assembly, 'AWS::Events::Rule');
  for (const { logicalId, arn: sourceArn, properties } of rules) {
    for (const { Arn: targetArn } of (properties.Targets ?? []) as { Arn: string }[]) {
      requireStandard(services.queues.queues.get(targetArn), logicalId);
      requireServiceAccess(services.iam, { service: 'events.amazonaws.com', targetArn, sourceArn });
    }
  }
  const stop = startScheduler(rules, {
    accountId: naming.accountId,
    region: naming.region,
    onError,
    async deliver(targetArn, event) {
      const queue = services.queues.queues.get(targetArn);
      if (queue) {
        await queue.send([{ body: JSON.stringify(event), attributes: {}, delaySeconds: null }]);
        return;
      }
      const invoker = services.asyncInvokers.get(targetArn);
      if (!invoker) throw new Error(`the target ${targetArn} does not exist`);
      await invoker.enqueue(event);
    },
  });
  closers.add(stop);
}
