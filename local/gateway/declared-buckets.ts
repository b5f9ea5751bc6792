import { InvalidAssembly, readText } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import { readLifecycle } from './declared-lifecycle.ts';
import type { BucketConfig, CorsRule, EventRecord, NotificationRule } from '../s3/index.ts';

/** Sends one event to the queue or function with this ARN. */
export type DeliverNotification = (targetArn: string, record: EventRecord) => Promise<void>;

interface NotificationTarget {
  Event: string;
  Filter?: { S3Key?: { Rules?: { Name: string; Value: string }[] } };
  Queue?: string;
  Function?: string;
}

/** What the template says of one bucket. */
export function defineBucket(bucket: Resource, deliver: DeliverNotification): BucketConfig {
  const { physicalId: name, properties } = bucket;
  const versioning = (properties.VersioningConfiguration ?? {}) as { Status?: string };
  const cors = (properties.CorsConfiguration ?? {}) as { CorsRules?: Record<string, unknown>[] };
  return {
    name,
    isVersioned: versioning.Status === 'Enabled',
    cors: (cors.CorsRules ?? []).map(readCorsRule),
    notifications: readNotifications(bucket).map((target, index) =>
      toRule(target, `${bucket.logicalId}-${index}`, deliver),
    ),
    lifecycle: readLifecycle(bucket),
  };
}

/** Returns the queues and functions that a bucket notifies. */
export function readNotifications({ logicalId, properties }: Resource): NotificationTarget[] {
  const {
    QueueConfigurations = [],
    LambdaConfigurations = [],
    ...others
  } = (properties.NotificationConfiguration ?? {}) as Record<string, NotificationTarget[]>;
  const [unsupported] = Object.keys(others);
  if (unsupported)
    throw new InvalidAssembly(
      `${logicalId}.NotificationConfiguration.${unsupported} is not supported on one machine`,
    );
  return [...QueueConfigurations, ...LambdaConfigurations];
}

function toRule(target: NotificationTarget, id: string, deliver: DeliverNotification): NotificationRule {
  const rules = target.Filter?.S3Key?.Rules ?? [];
  const valueOf = (name: string): string | undefined =>
    rules.find((rule) => rule.Name.toLowerCase() === name)?.Value;
  const prefix = valueOf('prefix');
  const suffix = valueOf('suffix');
  const targetArn = target.Queue ?? target.Function ?? '';
  return {
    id,
    events: [target.Event],
    ...(prefix !== undefined && { prefix }),
    ...(suffix !== undefined && { suffix }),
    deliver: (record) => deliver(targetArn, record),
  };
}

function readCorsRule(rule: Record<string, unknown>): CorsRule {
  return {
    ...(rule.Id !== undefined && { id: readText(rule.Id, '', 'CorsRules.Id') }),
    allowedOrigins: (rule.AllowedOrigins ?? []) as string[],
    allowedMethods: (rule.AllowedMethods ?? []) as string[],
    allowedHeaders: (rule.AllowedHeaders ?? []) as string[],
    exposedHeaders: (rule.ExposedHeaders ?? []) as string[],
    ...(rule.MaxAge !== undefined && { maxAgeSeconds: Number(rule.MaxAge) }),
  };
}
