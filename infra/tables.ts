import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/** The four tables: on demand, with point-in-time recovery, and protected from deletion unless the stack is throw-away. */
export class Tables extends Construct {
  readonly databases: Table;
  readonly vectorData: Table;
  readonly apiKeys: Table;
  readonly usageStats: Table;

  constructor(scope: Construct, id: string, { removalPolicy }: { removalPolicy: RemovalPolicy }) {
    super(scope, id);
    const create = (name: string, keys: { hasSortKey: boolean; ttl?: string }): Table =>
      new Table(this, name, {
        partitionKey: { name: 'pk', type: AttributeType.STRING },
        sortKey: keys.hasSortKey ? { name: 'sk', type: AttributeType.STRING } : undefined,
        timeToLiveAttribute: keys.ttl,
        billingMode: BillingMode.PAY_PER_REQUEST,
        encryption: TableEncryption.DEFAULT,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
        removalPolicy,
      });
    // Time to live only tidies up idempotency tokens: what reads them compares the time itself.
    this.databases = create('Databases', { hasSortKey: true, ttl: 'ttl' });
    this.vectorData = create('VectorData', { hasSortKey: true });
    this.apiKeys = create('ApiKeys', { hasSortKey: false });
    this.usageStats = create('UsageStats', { hasSortKey: true });
  }
}
