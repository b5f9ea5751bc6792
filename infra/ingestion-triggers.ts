import { Aws } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnPermission, EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { BackendFunction } from './backend-function.ts';
import type { BackendFunctions } from './backend-functions.ts';
import type { Queues, WorkQueue } from './queues.ts';

/** How many messages of one kind are worked on at the same time. */
const PLAN_CONCURRENCY = 5;
const PART_CONCURRENCY = 10;
const MAINTENANCE_CONCURRENCY = 2;

export interface IngestionTriggersProps {
  queues: Queues;
  functions: BackendFunctions;
}

/** What starts the work of the background: queues, and a clock. */
export class IngestionTriggers extends Construct {
  constructor(scope: Construct, id: string, { queues, functions }: IngestionTriggersProps) {
    super(scope, id);
    this.consume('Plan', queues.plan, { target: functions.plan, maxConcurrency: PLAN_CONCURRENCY });
    this.consume('Parts', queues.parts, { target: functions.part, maxConcurrency: PART_CONCURRENCY });
    this.consume('Maintenance', queues.maintenance, {
      target: functions.maintenance,
      maxConcurrency: MAINTENANCE_CONCURRENCY,
    });
    this.sweepEveryFiveMinutes(functions.maintenance);
  }

  private consume(
    id: string,
    { queue }: WorkQueue,
    { target, maxConcurrency }: { target: BackendFunction; maxConcurrency: number },
  ): void {
    new EventSourceMapping(this, id, {
      target: target.lambda,
      eventSourceArn: queue.queueArn,
      // A message is minutes of work: more in one batch would only wait for each other.
      batchSize: 1,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
  }

  private sweepEveryFiveMinutes({ lambda }: BackendFunction): void {
    const rule = new CfnRule(this, 'Sweep', {
      description: 'Ends what has expired and deletes what nothing names any more.',
      scheduleExpression: 'rate(5 minutes)',
      state: 'ENABLED',
      targets: [
        { id: 'maintenance', arn: lambda.functionArn, input: JSON.stringify({ operation: 'sweep' }) },
      ],
    });
    new CfnPermission(this, 'AllowSweep', {
      action: 'lambda:InvokeFunction',
      functionName: lambda.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
    });
  }
}
