import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Timeouts of the functions that read the queues. */
export const planTimeout = Duration.minutes(10);
export const partTimeout = Duration.minutes(5);
export const maintenanceTimeout = Duration.minutes(15);

/** AWS advises six times the function's timeout, so that a throttled message is not handed out twice. */
const VISIBILITY_FACTOR = 6;
/** Receipts before a message counts as poison. */
const MAX_RECEIVES = 5;

/** A queue whose messages end in a queue of their own when they fail again and again. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, functionTimeout: Duration) {
    super(scope, id);
    const shared = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Queue', {
      ...shared,
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.seconds(functionTimeout.toSeconds() * VISIBILITY_FACTOR),
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** The work of the background: files to plan, parts to embed, and tidying up. */
export class Queues extends Construct {
  readonly plan: WorkQueue;
  readonly parts: WorkQueue;
  readonly maintenance: WorkQueue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.plan = new WorkQueue(this, 'Plan', planTimeout);
    this.parts = new WorkQueue(this, 'Parts', partTimeout);
    this.maintenance = new WorkQueue(this, 'Maintenance', maintenanceTimeout);
  }
}
