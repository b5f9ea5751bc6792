export { createS3 } from './create-s3.ts';
export type { S3 } from './create-s3.ts';
export type {
  BucketConfig,
  CorsRule,
  EventRecord,
  LifecycleRule,
  NotificationRule,
  S3Options,
} from './types.ts';
