import { InvalidAssembly } from './read-assembly.ts';
import type { ResolvedAssembly, Resource } from './resolve-assembly.ts';

/** A resource whose provider is a function: AWS CDK makes some on its own. */
export interface CustomResource {
  logicalId: string;
  typeName: string;
  providerArn: unknown;
  properties: Record<string, unknown>;
}

interface Notification {
  Events?: string[];
  QueueArn?: string;
  LambdaFunctionArn?: string;
  Filter?: { Key?: { FilterRules?: { Name: string; Value: string }[] } };
}

/** Does what the known custom resources ask for; the functions that provide them have nothing to do here. */
export function applyCustomResources(assembly: ResolvedAssembly, custom: CustomResource[]): ResolvedAssembly {
  const providers = new Set(custom.map(({ providerArn }) => providerArn));
  const isProvider = ({ typeName, arn }: Resource): boolean =>
    typeName === 'AWS::Lambda::Function' && providers.has(arn);
  const resources = assembly.resources.filter(
    (resource) => !isProvider(resource) && !providers.has(resource.properties.FunctionName),
  );
  for (const resource of custom) {
    if (resource.typeName === 'Custom::S3BucketNotifications') notify(resource, resources);
  }
  const handled = new Set(['Custom::S3BucketNotifications']);
  const dropped = assembly.resources.filter(isProvider).map(({ logicalId }) => ({
    logicalId,
    typeName: 'AWS::Lambda::Function of a custom resource',
  }));
  const notRun = assembly.notRun.filter(({ typeName }) => !handled.has(typeName));
  return { ...assembly, resources, notRun: [...notRun, ...dropped] };
}

/** Writes the notifications where a template without the custom resource has them. */
function notify({ logicalId, properties }: CustomResource, resources: Resource[]): void {
  const bucket = resources.find(
    ({ typeName, physicalId }) => typeName === 'AWS::S3::Bucket' && physicalId === properties.BucketName,
  );
  if (!bucket)
    throw new InvalidAssembly(
      `${logicalId}.BucketName is ${JSON.stringify(properties.BucketName)}, which the assembly does not declare`,
    );
  const { QueueConfigurations, LambdaFunctionConfigurations, ...others } =
    (properties.NotificationConfiguration ?? {}) as Record<string, Notification[] | undefined>;
  const existing = (bucket.properties.NotificationConfiguration ?? {}) as Record<string, unknown[]>;
  bucket.properties.NotificationConfiguration = {
    ...existing,
    ...others,
    QueueConfigurations: [...(existing.QueueConfigurations ?? []), ...convert(QueueConfigurations)],
    LambdaConfigurations: [
      ...(existing.LambdaConfigurations ?? []),
      ...convert(LambdaFunctionConfigurations),
    ],
  };
}

function convert(notifications: Notification[] = []): object[] {
  return notifications.flatMap(({ Events = [], QueueArn, LambdaFunctionArn, Filter }) =>
    Events.map((Event) => ({
      Event,
      ...(QueueArn !== undefined && { Queue: QueueArn }),
      ...(LambdaFunctionArn !== undefined && { Function: LambdaFunctionArn }),
      ...(Filter?.Key?.FilterRules && { Filter: { S3Key: { Rules: Filter.Key.FilterRules } } }),
    })),
  );
}
