/** What the template evaluation hands over: one GraphQL API with every intrinsic resolved. */

export type AuthMode =
  | {
      type: 'AMAZON_COGNITO_USER_POOLS';
      userPoolId: string;
      region: string;
      /** Matched against the token's `client_id` or `aud`; null accepts every client of the pool. */
      appIdClientRegex: string | null;
      /** What the pool's tokens may do in fields that name no group. Only meaningful for the default mode. */
      defaultAction: 'ALLOW' | 'DENY';
    }
  | { type: 'AWS_IAM' }
  | {
      type: 'AWS_LAMBDA';
      authorizerArn: string;
      ttlSeconds: number;
      identityValidationExpression: string | null;
    }
  | { type: 'API_KEY'; keys: { id: string; expiresMs: number }[] }
  | {
      type: 'OPENID_CONNECT';
      issuer: string;
      /** Matched against the token's `aud` or `azp`; null accepts every client. */
      clientId: string | null;
      /** How old `iat` and `auth_time` may be; 0 for any age. */
      iatTtlMs: number;
      authTtlMs: number;
    };

export type AuthModeType = AuthMode['type'];

export type DataSource =
  | { type: 'NONE' }
  | { type: 'AMAZON_DYNAMODB'; tableName: string; region: string; roleArn: string }
  | { type: 'AWS_LAMBDA'; functionArn: string; roleArn: string };

export interface PipelineFunction {
  functionId: string;
  name: string;
  dataSourceName: string;
  /** APPSYNC_JS source; null sends the whole context to a Lambda data source. */
  code: string | null;
  maxBatchSize: number;
}

export interface ResolverDefinition {
  typeName: string;
  fieldName: string;
  kind: 'UNIT' | 'PIPELINE';
  /** Of a unit resolver. */
  dataSourceName: string | null;
  /** Of a pipeline resolver, in order. */
  functionIds: string[];
  /** APPSYNC_JS source. Only a unit resolver on a Lambda data source may go without. */
  code: string | null;
  maxBatchSize: number;
}

export interface AppSyncApiDefinition {
  apiId: string;
  region: string;
  accountId: string;
  arn: string;
  schemaSdl: string;
  defaultAuth: AuthMode;
  additionalAuth: AuthMode[];
  dataSources: Record<string, DataSource>;
  /** By `functionId`. */
  functions: Record<string, PipelineFunction>;
  resolvers: ResolverDefinition[];
  environmentVariables: Record<string, string>;
  introspection: boolean;
  /** 0: only the service's own limit. */
  queryDepthLimit: number;
  /** 0: only the service's own limit. */
  resolverCountLimit: number;
}
