import type { Decision, Principal, RequestContext } from '../iam/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';

/** A bucket as the template declares it. */
export interface BucketConfig {
  name: string;
  isVersioned: boolean;
  cors: CorsRule[];
  notifications: NotificationRule[];
  /** Run once an hour. */
  lifecycle?: LifecycleRule[];
}

/** When objects with a prefix go; days are full days, rounded up to midnight UTC as in the service. */
export interface LifecycleRule {
  prefix: string;
  largerThanBytes?: number;
  smallerThanBytes?: number;
  expirationDays?: number;
  /** Milliseconds since 1970. */
  expirationMs?: number;
  /** Removes a delete marker that hides nothing any more. */
  expiresDeleteMarkers: boolean;
  noncurrentDays?: number;
  /** Noncurrent versions that are kept whatever their age. */
  newerNoncurrentVersions?: number;
  /** After how many days an unfinished multipart upload goes. */
  abortDays?: number;
}

export interface CorsRule {
  id?: string;
  /** With at most one `*` each. */
  allowedOrigins: string[];
  allowedMethods: string[];
  allowedHeaders?: string[];
  exposedHeaders?: string[];
  maxAgeSeconds?: number;
}

/** Where the events of matching keys go. */
export interface NotificationRule {
  /** Names the rule in events, and finds it again after a restart. */
  id: string;
  /** Like `s3:ObjectCreated:*`. */
  events: string[];
  prefix?: string;
  suffix?: string;
  /** Called at least once for every event, until it resolves. */
  deliver(record: EventRecord): Promise<void>;
}

/** One entry of `Records` in an S3 event notification. */
export interface EventRecord {
  eventVersion: '2.1';
  eventSource: 'aws:s3';
  awsRegion: string;
  eventTime: string;
  /** Without the `s3:` of the rule, as AWS sends it. */
  eventName: string;
  userIdentity: { principalId: string };
  requestParameters: { sourceIPAddress: string };
  responseElements: { 'x-amz-request-id': string; 'x-amz-id-2': string };
  s3: {
    s3SchemaVersion: '1.0';
    configurationId: string;
    bucket: { name: string; ownerIdentity: { principalId: string }; arn: string };
    object: { key: string; size?: number; eTag?: string; versionId?: string; sequencer: string };
  };
}

export interface S3Options {
  /** Belongs to this stand-in alone; made when it does not exist. */
  directory: string;
  region: string;
  accountId: string;
  buckets: BucketConfig[];
  lookupCredentials: LookupCredentials<Principal>;
  /** Like `Iam.decide`. */
  decide: (principal: Principal, action: string, resource: string, context?: RequestContext) => Decision;
  /** Milliseconds since 1970; the system's clock when absent. */
  clock?: () => number;
  /** Told what is accepted without effect, and what failed behind the callers' backs. */
  onWarning: (message: string) => void;
}
