import { randomUUID } from 'node:crypto';
import type { PendingEvent } from './record.ts';
import type { BucketConfig, EventRecord, NotificationRule, S3Options } from './types.ts';

/** What happened to an object, from whom. */
interface ObjectEvent {
  /** Like `ObjectCreated:Put`. */
  name: string;
  key: string;
  size?: number;
  etag?: string;
  versionId: string;
  sequence: number;
  timeMs: number;
  requestId: string;
  sourceAddress: string;
  principalId: string;
}

/** Where events come from. */
type EventOrigin = Pick<S3Options, 'region' | 'accountId'>;

/** Returns the events that a bucket's rules ask for, ready to be recorded with the change itself. */
export function pendingEvents(bucket: BucketConfig, origin: EventOrigin, event: ObjectEvent): PendingEvent[] {
  return bucket.notifications
    .filter((rule) => matchesRule(rule, event))
    .map((rule) => ({
      id: randomUUID(),
      ruleId: rule.id,
      bucket: bucket.name,
      record: eventRecord(bucket, { rule, ...origin }, event),
    }));
}

function matchesRule(rule: NotificationRule, event: ObjectEvent): boolean {
  const isWanted = rule.events.some((wanted) => {
    const name = wanted.replace(/^s3:/, '');
    return name === event.name || (name.endsWith(':*') && event.name.startsWith(name.slice(0, -1)));
  });
  return isWanted && event.key.startsWith(rule.prefix ?? '') && event.key.endsWith(rule.suffix ?? '');
}

function eventRecord(
  bucket: BucketConfig,
  context: { rule: NotificationRule } & EventOrigin,
  event: ObjectEvent,
): EventRecord {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: context.region,
    eventTime: new Date(event.timeMs).toISOString(),
    eventName: event.name,
    userIdentity: { principalId: event.principalId },
    requestParameters: { sourceIPAddress: event.sourceAddress },
    responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': event.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: context.rule.id,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: context.accountId },
        arn: `arn:aws:s3:::${bucket.name}`,
      },
      object: {
        key: encodeEventKey(event.key),
        ...(event.size === undefined ? {} : { size: event.size }),
        ...(event.etag === undefined ? {} : { eTag: event.etag }),
        ...(event.versionId === 'null' ? {} : { versionId: event.versionId }),
        sequencer: event.sequence.toString(16).toUpperCase().padStart(16, '0'),
      },
    },
  };
}

/** S3 encodes keys in events like a form field: blanks as `+`, slashes as they are. */
function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}
