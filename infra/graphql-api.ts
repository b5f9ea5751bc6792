import { readFileSync } from 'node:fs';
import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnGraphQLApi, CfnGraphQLSchema } from 'aws-cdk-lib/aws-appsync';
import type { UserPool } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { BackendFunction } from './backend-function.ts';
import type { Tables } from './tables.ts';

const schemaPath = new URL('../build/schema.graphql', import.meta.url);
const packagePath = new URL('../package.json', import.meta.url);

/** The contract nests six levels; an introspection query of common tools nests thirteen. */
const QUERY_DEPTH_LIMIT = 15;
/** The service's own ceiling: a page of hits resolves at most two fields each. */
const RESOLVER_COUNT_LIMIT = 10_000;
/** How long a revoked key may still work. */
const AUTHORIZER_TTL_SECONDS = 30;

export interface GraphqlApiProps {
  tables: Tables;
  userPool: UserPool;
  authorizer: BackendFunction;
}

/** The GraphQL API with its three ways to authenticate, its schema and its log. */
export class GraphqlApi extends Construct {
  readonly apiId: string;
  readonly arn: string;
  readonly graphqlUrl: string;
  readonly realtimeUrl: string;
  readonly schema: CfnGraphQLSchema;
  /** May write the API's log. */
  readonly logRole: Role;

  constructor(scope: Construct, id: string, props: GraphqlApiProps) {
    super(scope, id);
    this.logRole = new Role(this, 'LogRole', {
      assumedBy: new ServicePrincipal('appsync.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    });
    const api = this.createApi(props);
    this.apiId = api.attrApiId;
    this.arn = api.attrArn;
    this.graphqlUrl = api.attrGraphQlUrl;
    this.realtimeUrl = api.attrRealtimeUrl;
    this.schema = new CfnGraphQLSchema(this, 'Schema', {
      apiId: api.attrApiId,
      definition: readFileSync(schemaPath, 'utf8'),
    });
    this.addLog();
    new CfnPermission(this, 'AllowAuthorizer', {
      action: 'lambda:InvokeFunction',
      functionName: props.authorizer.lambda.functionArn,
      principal: 'appsync.amazonaws.com',
      sourceArn: api.attrArn,
    });
  }

  private createApi({ tables, userPool, authorizer }: GraphqlApiProps): CfnGraphQLApi {
    const stack = Stack.of(this);
    return new CfnGraphQLApi(this, 'Api', {
      name: stack.stackName,
      authenticationType: 'AMAZON_COGNITO_USER_POOLS',
      userPoolConfig: { userPoolId: userPool.userPoolId, awsRegion: Aws.REGION, defaultAction: 'ALLOW' },
      additionalAuthenticationProviders: [
        {
          authenticationType: 'AWS_LAMBDA',
          lambdaAuthorizerConfig: {
            authorizerUri: authorizer.lambda.functionArn,
            authorizerResultTtlInSeconds: AUTHORIZER_TTL_SECONDS,
            identityValidationExpression: '^vdb_.*',
          },
        },
        { authenticationType: 'AWS_IAM' },
      ],
      environmentVariables: {
        DATABASES_TABLE: tables.databases.tableName,
        VECTOR_DATA_TABLE: tables.vectorData.tableName,
        API_KEYS_TABLE: tables.apiKeys.tableName,
        VERSION: (JSON.parse(readFileSync(packagePath, 'utf8')) as { version: string }).version,
        REGION: Aws.REGION,
        STACK_UUID: Fn.select(2, Fn.split('/', Aws.STACK_ID)),
      },
      introspectionConfig: 'ENABLED',
      queryDepthLimit: QUERY_DEPTH_LIMIT,
      resolverCountLimit: RESOLVER_COUNT_LIMIT,
      // On the resource itself: the construct's own way adds a function with wide rights.
      logConfig: {
        cloudWatchLogsRoleArn: this.logRole.roleArn,
        fieldLogLevel: 'ERROR',
        excludeVerboseContent: true,
      },
    });
  }

  /** AppSync names its log group after the API, so that the group can only be made after it. */
  private addLog(): void {
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/appsync/apis/${this.apiId}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.logRole.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
  }
}
