import { readFileSync } from 'node:fs';
import type {
  AppSyncApiDefinition,
  AuthMode,
  DataSource,
  PipelineFunction,
  ResolverDefinition,
} from '../appsync/index.ts';
import { InvalidAssembly, readText } from '../assembly/index.ts';
import type { ResolvedAssembly, Resource } from '../assembly/index.ts';

type Properties = Record<string, unknown>;

interface Context {
  api: Resource;
  assembly: ResolvedAssembly;
  region: string;
  accountId: string;
}

/** Returns what the template says of its GraphQL API; null when it has none. */
export function defineApi(
  assembly: ResolvedAssembly,
  { region, accountId }: { region: string; accountId: string },
): AppSyncApiDefinition | null {
  const apis = assembly.resources.filter(({ typeName }) => typeName === 'AWS::AppSync::GraphQLApi');
  const [api] = apis;
  if (!api) return null;
  if (apis.length > 1)
    throw new InvalidAssembly(`the assembly declares ${apis.length} GraphQL APIs; one runs on one machine`);
  const context: Context = { api, assembly, region, accountId };
  const { properties } = api;
  const additional = (properties.AdditionalAuthenticationProviders ?? []) as Properties[];
  return {
    apiId: api.physicalId,
    region,
    accountId,
    arn: api.arn,
    schemaSdl: readSchema(context),
    defaultAuth: readAuthMode(properties, context),
    additionalAuth: additional.map((mode) => readAuthMode(mode, context)),
    dataSources: Object.fromEntries(
      partsOf(context, 'DataSource').map((part) => [
        String(part.properties.Name),
        readDataSource(part, region),
      ]),
    ),
    functions: Object.fromEntries(
      partsOf(context, 'FunctionConfiguration').map((part) => [part.physicalId, readFunction(part, context)]),
    ),
    resolvers: partsOf(context, 'Resolver').map((part) => readResolver(part, context)),
    environmentVariables: (properties.EnvironmentVariables ?? {}) as Record<string, string>,
    introspection: properties.IntrospectionConfig !== 'DISABLED',
    queryDepthLimit: Number(properties.QueryDepthLimit ?? 0),
    resolverCountLimit: Number(properties.ResolverCountLimit ?? 0),
  };
}

function partsOf({ api, assembly }: Context, kind: string): Resource[] {
  return assembly.resources.filter(
    ({ typeName, properties }) => typeName === `AWS::AppSync::${kind}` && properties.ApiId === api.physicalId,
  );
}

function readSchema(context: Context): string {
  const [schema] = partsOf(context, 'GraphQLSchema');
  if (!schema) throw new InvalidAssembly(`${context.api.logicalId} has no AWS::AppSync::GraphQLSchema`);
  return readSource(schema, { inline: 'Definition', location: 'DefinitionS3Location' }, context) ?? '';
}

function readSource(
  resource: Resource,
  names: { inline: string; location: string },
  { assembly }: Context,
): string | null {
  const inline = resource.properties[names.inline];
  if (typeof inline === 'string') return inline;
  const location = resource.properties[names.location];
  if (typeof location !== 'string') return null;
  const path = assembly.assetPaths.get(location.split('/').slice(3).join('/'));
  if (path === undefined)
    throw new InvalidAssembly(
      `${resource.logicalId}.${names.location}: the asset ${location} is not in the assembly`,
    );
  return readFileSync(path, 'utf8');
}

/** How long a key is good for whose template does not say: seven days from its creation, which is this start. */
const KEY_LIFE_MS = 7 * 24 * 60 * 60 * 1_000;

function readApiKeys(context: Context): { id: string; expiresMs: number }[] {
  return partsOf(context, 'ApiKey').map(({ logicalId, physicalId, properties: { Expires } }) => {
    if (Expires === undefined) return { id: physicalId, expiresMs: Date.now() + KEY_LIFE_MS };
    const expiresMs = Number(Expires) * 1_000;
    if (!Number.isSafeInteger(expiresMs))
      throw new InvalidAssembly(
        `${logicalId}.Expires is ${JSON.stringify(Expires)}; expected seconds since 1970`,
      );
    return { id: physicalId, expiresMs };
  });
}

function readAuthMode(properties: Properties, context: Context): AuthMode {
  const { api, region } = context;
  const type = properties.AuthenticationType;
  switch (type) {
    case 'AMAZON_COGNITO_USER_POOLS': {
      const pool = (properties.UserPoolConfig ?? {}) as Properties;
      return {
        type,
        userPoolId: String(pool.UserPoolId),
        region: readText(pool.AwsRegion, region, `${api.logicalId}.UserPoolConfig.AwsRegion`),
        appIdClientRegex: (pool.AppIdClientRegex as string | undefined) ?? null,
        defaultAction: pool.DefaultAction === 'DENY' ? 'DENY' : 'ALLOW',
      };
    }
    case 'AWS_IAM':
      return { type };
    case 'AWS_LAMBDA': {
      const authorizer = (properties.LambdaAuthorizerConfig ?? {}) as Properties;
      return {
        type,
        authorizerArn: String(authorizer.AuthorizerUri),
        ttlSeconds: Number(authorizer.AuthorizerResultTtlInSeconds ?? 300),
        identityValidationExpression: (authorizer.IdentityValidationExpression as string | undefined) ?? null,
      };
    }
    case 'API_KEY':
      return { type, keys: readApiKeys(context) };
    case 'OPENID_CONNECT': {
      const provider = (properties.OpenIDConnectConfig ?? {}) as Properties;
      return {
        type,
        issuer: String(provider.Issuer),
        clientId: (provider.ClientId as string | undefined) ?? null,
        iatTtlMs: Number(provider.IatTTL ?? 0),
        authTtlMs: Number(provider.AuthTTL ?? 0),
      };
    }
    default:
      throw new InvalidAssembly(`${api.logicalId}: the authentication type ${String(type)} is unknown`);
  }
}

function readDataSource({ logicalId, properties }: Resource, region: string): DataSource {
  const roleArn = String(properties.ServiceRoleArn);
  switch (properties.Type) {
    case 'NONE':
      return { type: 'NONE' };
    case 'AMAZON_DYNAMODB': {
      const config = properties.DynamoDBConfig as Properties;
      return {
        type: 'AMAZON_DYNAMODB',
        tableName: String(config.TableName),
        region: readText(config.AwsRegion, region, `${logicalId}.DynamoDBConfig.AwsRegion`),
        roleArn,
      };
    }
    case 'AWS_LAMBDA':
      return {
        type: 'AWS_LAMBDA',
        functionArn: String((properties.LambdaConfig as Properties).LambdaFunctionArn),
        roleArn,
      };
    default:
      throw new InvalidAssembly(
        `${logicalId}.Type is ${String(properties.Type)}; NONE, AMAZON_DYNAMODB and AWS_LAMBDA run on one machine`,
      );
  }
}

function readFunction(part: Resource, context: Context): PipelineFunction {
  checkRuntime(part);
  return {
    functionId: part.physicalId,
    name: String(part.properties.Name),
    dataSourceName: String(part.properties.DataSourceName),
    code: readSource(part, { inline: 'Code', location: 'CodeS3Location' }, context),
    maxBatchSize: Number(part.properties.MaxBatchSize ?? 0),
  };
}

function readResolver(part: Resource, context: Context): ResolverDefinition {
  checkRuntime(part);
  const { properties } = part;
  const pipeline = (properties.PipelineConfig ?? {}) as { Functions?: string[] };
  return {
    typeName: String(properties.TypeName),
    fieldName: String(properties.FieldName),
    kind: properties.Kind === 'PIPELINE' ? 'PIPELINE' : 'UNIT',
    dataSourceName: (properties.DataSourceName as string | undefined) ?? null,
    functionIds: pipeline.Functions ?? [],
    code: readSource(part, { inline: 'Code', location: 'CodeS3Location' }, context),
    maxBatchSize: Number(properties.MaxBatchSize ?? 0),
  };
}

function checkRuntime({ logicalId, properties }: Resource): void {
  const runtime = properties.Runtime as { Name?: string; RuntimeVersion?: string } | undefined;
  if (runtime && (runtime.Name !== 'APPSYNC_JS' || runtime.RuntimeVersion !== '1.0.0')) {
    throw new InvalidAssembly(
      `${logicalId}.Runtime is ${JSON.stringify(runtime)}; expected APPSYNC_JS 1.0.0`,
    );
  }
}
