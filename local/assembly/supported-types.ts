import { InvalidAssembly } from './read-assembly.ts';
import { asksForNothing, findUnsupported } from './supported-shapes.ts';

/** Properties that the runtime acts on, and those that change nothing on one machine. Any other is an error. */
interface SupportedType {
  used: readonly string[];
  irrelevant: readonly string[];
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
const type = (used: string, irrelevant = ''): SupportedType => ({
  used: words(used),
  irrelevant: words(irrelevant),
});

/** Every resource type that runs here. Encryption, tags, logs, backups and tracing are the cloud's own business. */
export const SUPPORTED_TYPES: Record<string, SupportedType> = {
  'AWS::AppSync::GraphQLApi': type(
    `Name AuthenticationType AdditionalAuthenticationProviders UserPoolConfig LambdaAuthorizerConfig OpenIDConnectConfig
     EnvironmentVariables IntrospectionConfig QueryDepthLimit ResolverCountLimit ApiType`,
    'Tags LogConfig XrayEnabled EnhancedMetricsConfig OwnerContact Visibility',
  ),
  'AWS::AppSync::GraphQLSchema': type('ApiId Definition DefinitionS3Location'),
  'AWS::AppSync::DataSource': type(
    'ApiId Name Type ServiceRoleArn DynamoDBConfig LambdaConfig',
    'Description MetricsConfig',
  ),
  'AWS::AppSync::Resolver': type(
    'ApiId TypeName FieldName Kind DataSourceName PipelineConfig Code CodeS3Location Runtime MaxBatchSize',
    'MetricsConfig',
  ),
  'AWS::AppSync::FunctionConfiguration': type(
    'ApiId Name DataSourceName Code CodeS3Location Runtime MaxBatchSize',
    'Description',
  ),
  'AWS::AppSync::ApiKey': type('ApiId Expires ApiKeyId', 'Description'),
  'AWS::DynamoDB::Table': type(
    'TableName KeySchema AttributeDefinitions GlobalSecondaryIndexes LocalSecondaryIndexes BillingMode ProvisionedThroughput ResourcePolicy TimeToLiveSpecification',
    `Tags SSESpecification PointInTimeRecoverySpecification DeletionProtectionEnabled ContributorInsightsSpecification
     TableClass OnDemandThroughput WarmThroughput`,
  ),
  'AWS::DynamoDB::GlobalTable': type(
    'TableName KeySchema AttributeDefinitions GlobalSecondaryIndexes LocalSecondaryIndexes BillingMode Replicas TimeToLiveSpecification',
    `SSESpecification WarmThroughput WriteOnDemandThroughputSettings
     WriteProvisionedThroughputSettings`,
  ),
  'AWS::S3::Bucket': type(
    'BucketName CorsConfiguration NotificationConfiguration VersioningConfiguration LifecycleConfiguration',
    `Tags BucketEncryption PublicAccessBlockConfiguration OwnershipControls
     LoggingConfiguration AccessControl IntelligentTieringConfigurations MetricsConfigurations InventoryConfigurations`,
  ),
  'AWS::S3::BucketPolicy': type('Bucket PolicyDocument'),
  'AWS::SQS::Queue': type(
    'QueueName VisibilityTimeout DelaySeconds MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedrivePolicy FifoQueue ContentBasedDeduplication DeduplicationScope',
    'FifoThroughputLimit Tags KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled RedriveAllowPolicy',
  ),
  'AWS::SQS::QueuePolicy': type('Queues PolicyDocument'),
  'AWS::Lambda::Function': type(
    'FunctionName Code Handler Runtime Role Environment MemorySize Timeout ReservedConcurrentExecutions PackageType DeadLetterConfig',
    `Tags Description Architectures LoggingConfig TracingConfig KmsKeyArn EphemeralStorage RuntimeManagementConfig
     RecursiveLoop SnapStart`,
  ),
  'AWS::Lambda::EventInvokeConfig': type(
    'FunctionName MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig',
    'Qualifier',
  ),
  'AWS::Lambda::EventSourceMapping': type(
    `EventSourceArn FunctionName BatchSize MaximumBatchingWindowInSeconds FunctionResponseTypes ScalingConfig Enabled`,
    'Tags MetricsConfig KmsKeyArn',
  ),
  'AWS::Lambda::Permission': type('FunctionName Principal Action SourceArn SourceAccount'),
  'AWS::Events::Rule': type('ScheduleExpression State Targets Name', 'Description Tags'),
  'AWS::IAM::Role': type(
    'RoleName Policies ManagedPolicyArns Path AssumeRolePolicyDocument Tags',
    'Description MaxSessionDuration',
  ),
  'AWS::IAM::Policy': type('PolicyDocument Roles', 'PolicyName Users Groups'),
  'AWS::IAM::ManagedPolicy': type('PolicyDocument Roles ManagedPolicyName Path', 'Description Users Groups'),
  'AWS::Cognito::UserPool': type(
    'UserPoolName',
    `AccountRecoverySetting AdminCreateUserConfig AliasAttributes AutoVerifiedAttributes DeletionProtection DeviceConfiguration
     EmailConfiguration EmailVerificationMessage EmailVerificationSubject EnabledMfas MfaConfiguration Policies Schema
     SmsConfiguration SmsVerificationMessage SmsAuthenticationMessage UserAttributeUpdateSettings UsernameAttributes UsernameConfiguration
     UserPoolAddOns UserPoolTags UserPoolTier VerificationMessageTemplate`,
  ),
  'AWS::Cognito::UserPoolClient': type(
    'UserPoolId ExplicitAuthFlows ClientName GenerateSecret',
    `AccessTokenValidity IdTokenValidity RefreshTokenValidity TokenValidityUnits PreventUserExistenceErrors EnableTokenRevocation
     SupportedIdentityProviders AllowedOAuthFlowsUserPoolClient AllowedOAuthFlows AllowedOAuthScopes CallbackURLs LogoutURLs
     ReadAttributes WriteAttributes AuthSessionValidity RefreshTokenRotation`,
  ),
  'AWS::Cognito::UserPoolGroup': type('GroupName UserPoolId', 'Description Precedence RoleArn'),
  'AWS::SecretsManager::Secret': type(
    'Name GenerateSecretString SecretString',
    'Description Tags KmsKeyId ReplicaRegions',
  ),
  'AWS::SecretsManager::ResourcePolicy': type('SecretId ResourcePolicy', 'BlockPublicPolicy'),
};

/** Fails when a supported resource asks for something that would be left out silently. */
export function checkProperty(
  place: string,
  { typeName, name }: { typeName: string; name: string },
  value: unknown,
): void {
  const supported = SUPPORTED_TYPES[typeName];
  const isKnown = supported?.used.includes(name) === true || supported?.irrelevant.includes(name) === true;
  const unsupported = isKnown ? findUnsupported(`${typeName}.${name}`, value) : `${typeName}.${name}`;
  if (unsupported === undefined || (!isKnown && asksForNothing(value))) return;
  const path = unsupported.slice(typeName.length + 1);
  throw new InvalidAssembly(`${place}: the property ${path} is not supported on one machine`);
}

/** Tells whether a property's value is ever looked at. */
export function isUsed(typeName: string, property: string): boolean {
  return SUPPORTED_TYPES[typeName]?.used.includes(property) ?? false;
}
