import { Aws, Duration, Fn, Stack, type RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  HttpMethods,
  ObjectOwnership,
  type BucketProps,
  type CfnBucket,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What every object key of the service begins with. */
export const OBJECT_PREFIX = 'databases/';

const multipartLeftovers = { id: 'abort-multipart', abortIncompleteMultipartUploadAfter: Duration.days(2) };

export interface BucketsProps {
  removalPolicy: RemovalPolicy;
  /** Hears of every upload. */
  planQueue: Queue;
}

/** The buckets for uploads, segments and backups: private, encrypted, over TLS only. */
export class Buckets extends Construct {
  readonly files: Bucket;
  readonly vectors: Bucket;
  readonly backups: Bucket;

  constructor(scope: Construct, id: string, { removalPolicy, planQueue }: BucketsProps) {
    super(scope, id);
    const shared: BucketProps = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy,
    };
    const filesName = this.nameFilesBucket();
    this.files = new Bucket(this, 'Files', {
      ...shared,
      bucketName: filesName,
      versioned: true,
      lifecycleRules: [
        multipartLeftovers,
        {
          id: 'expire-deleted',
          noncurrentVersionExpiration: Duration.days(30),
          expiredObjectDeleteMarker: true,
        },
      ],
      cors: [
        {
          // A presigned URL is the permission, and it may be used from any page that its owner gives it to.
          allowedOrigins: ['*'],
          allowedMethods: [HttpMethods.POST, HttpMethods.PUT],
          allowedHeaders: ['content-type', 'content-md5', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
          exposedHeaders: ['etag'],
          maxAge: 3600,
        },
      ],
    });
    this.vectors = new Bucket(this, 'Vectors', { ...shared, lifecycleRules: [multipartLeftovers] });
    this.backups = new Bucket(this, 'Backups', {
      ...shared,
      versioned: true,
      lifecycleRules: [multipartLeftovers],
    });
    this.notify(planQueue, filesName);
  }

  /** A name that is known before the bucket exists lets the queue's policy name the bucket without a circle. */
  private nameFilesBucket(): string {
    const stack = Stack.of(this);
    const uuid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    const unique = Fn.select(0, Fn.split('-', uuid));
    return Fn.join('-', [stack.stackName.toLowerCase().slice(0, 24), 'files', Aws.ACCOUNT_ID, unique]);
  }

  /** Set on the resource itself: the construct's own way adds a function with wide rights. */
  private notify(planQueue: Queue, filesName: string): void {
    planQueue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'UploadsNotify',
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [planQueue.queueArn],
        conditions: {
          ArnEquals: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::${filesName}` },
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        },
      }),
    );
    const bucket = this.files.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: planQueue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: OBJECT_PREFIX }] } },
        },
      ],
    };
    // S3 tries the queue when the notification is set: it must be allowed by then.
    bucket.node.addDependency(planQueue.node.findChild('Policy'));
  }
}
