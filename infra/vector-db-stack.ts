import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledge-findings.ts';
import { BackendFunctions } from './backend-functions.ts';
import { Buckets } from './buckets.ts';
import { GraphqlApi } from './graphql-api.ts';
import { GraphqlResolvers } from './graphql-resolvers.ts';
import { IngestionTriggers } from './ingestion-triggers.ts';
import { KeyPepper } from './key-pepper.ts';
import { Queues } from './queues.ts';
import { Tables } from './tables.ts';
import { UserDirectory } from './user-directory.ts';

export interface VectorDbStackProps extends StackProps {
  stackName: string;
  /** Tables, buckets, users and secrets go with the stack; otherwise they stay and are protected from deletion. */
  isThrowAway: boolean;
  openAiSecretArn: string | undefined;
}

/** The whole service. Everything shares one life, so it is one stack: see docs/decisions/one-stack.md. */
export class VectorDbStack extends Stack {
  constructor(scope: Construct, id: string, props: VectorDbStackProps) {
    super(scope, id, props);
    const removalPolicy = props.isThrowAway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    const tables = new Tables(this, 'Tables', { removalPolicy });
    const queues = new Queues(this, 'Queues');
    const buckets = new Buckets(this, 'Buckets', { removalPolicy, planQueue: queues.plan.queue });
    const users = new UserDirectory(this, 'Users', { removalPolicy });
    const pepper = new KeyPepper(this, 'KeyPepper', { removalPolicy });
    const functions = new BackendFunctions(this, 'Functions', {
      ...{ tables, buckets, queues, openAiSecretArn: props.openAiSecretArn },
      pepper: pepper.secret,
    });
    const api = new GraphqlApi(this, 'Api', {
      tables,
      userPool: users.pool,
      authorizer: functions.authorizer,
    });
    functions.allowPublishing(api);
    new GraphqlResolvers(this, 'Resolvers', { api, tables, functions });
    new IngestionTriggers(this, 'Triggers', { queues, functions });
    this.addOutputs({ api, users, buckets });
    acknowledgeFindings({ buckets, users, pepper, functions, api });
  }

  private addOutputs({
    api,
    users,
    buckets,
  }: {
    api: GraphqlApi;
    users: UserDirectory;
    buckets: Buckets;
  }): void {
    const outputs: Record<string, string> = {
      GraphQLUrl: api.graphqlUrl,
      RealtimeUrl: api.realtimeUrl,
      UserPoolId: users.pool.userPoolId,
      UserPoolClientId: users.client.userPoolClientId,
      Region: this.region,
      FilesBucket: buckets.files.bucketName,
      VectorsBucket: buckets.vectors.bucketName,
      BackupsBucket: buckets.backups.bucketName,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
