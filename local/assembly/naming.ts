import { createHash } from 'node:crypto';
import { InvalidAssembly } from './read-assembly.ts';

/** What one resource is called: physical names are derived from stack and logical id, so that they are the same at every start. */
export interface Naming {
  accountId: string;
  region: string;
  /** Where the GraphQL endpoint answers. */
  graphqlUrl: string;
  realtimeUrl: string;
  /** Where the AWS protocols answer, without a slash at the end. */
  awsUrl: string;
  /** The issuer of a user pool, by its id. */
  issuerOf(userPoolId: string): string;
}

export interface ResourceName {
  typeName: string;
  logicalId: string;
  /** `Ref` gives it for most types. */
  physicalId: string;
}

const shortHash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

const NAME_PROPERTY: Record<string, string> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Cognito::UserPoolGroup': 'GroupName',
  'AWS::Events::Rule': 'Name',
  'AWS::AppSync::DataSource': 'Name',
};

/** Returns the property that names a resource of this type, when the template may set it. */
export function nameProperty(typeName: string): string | undefined {
  return NAME_PROPERTY[typeName];
}

const LONGEST_QUEUE_NAME = 80;

const shortened = (full: string, longest: number): string =>
  full.length <= longest ? full : `${full.slice(0, longest - 9)}-${shortHash(full, 8)}`;

/** Derives a physical name from stack and logical id, in the alphabet that the type demands. */
export function derivePhysicalId(
  stackName: string,
  logicalId: string,
  { typeName, region, suffix = '' }: { typeName: string; region: string; suffix?: string },
): string {
  const full = `${stackName}-${logicalId}`;
  switch (typeName) {
    case 'AWS::S3::Bucket':
      return `${full
        .toLowerCase()
        .replace(/[^a-z0-9-]/g, '-')
        .slice(0, 50)}-${shortHash(full, 8)}`;
    case 'AWS::AppSync::GraphQLApi':
    case 'AWS::AppSync::FunctionConfiguration':
      return shortHash(full, 26);
    case 'AWS::AppSync::ApiKey':
      return `da2-${shortHash(full, 26)}`;
    case 'AWS::Cognito::UserPool':
      return `${region}_${shortHash(full, 9)}`;
    case 'AWS::Cognito::UserPoolClient':
      return shortHash(full, 26);
    case 'AWS::Lambda::Function':
    case 'AWS::IAM::Role':
      return full.length <= 64 ? full : `${full.slice(0, 55)}-${shortHash(full, 8)}`;
    case 'AWS::SQS::Queue':
      return `${shortened(full, LONGEST_QUEUE_NAME - suffix.length)}${suffix}`;
    default:
      return full;
  }
}

const arn = (naming: Naming, service: string, rest: string): string =>
  `arn:aws:${service}:${naming.region}:${naming.accountId}:${rest}`;

/** Returns the ARN of a resource. Types that do not run here get one of the usual form, so that policies may name them. */
export function arnOf(resource: ResourceName, naming: Naming): string {
  const { typeName, physicalId } = resource;
  switch (typeName) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return arn(naming, 'dynamodb', `table/${physicalId}`);
    case 'AWS::S3::Bucket':
      return `arn:aws:s3:::${physicalId}`;
    case 'AWS::SQS::Queue':
      return arn(naming, 'sqs', physicalId);
    case 'AWS::Lambda::Function':
      return arn(naming, 'lambda', `function:${physicalId}`);
    case 'AWS::AppSync::GraphQLApi':
      return arn(naming, 'appsync', `apis/${physicalId}`);
    case 'AWS::Events::Rule':
      return arn(naming, 'events', `rule/${physicalId}`);
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${naming.accountId}:role/${physicalId}`;
    case 'AWS::IAM::ManagedPolicy':
      return `arn:aws:iam::${naming.accountId}:policy/${physicalId}`;
    case 'AWS::CloudFormation::Stack':
      return arn(naming, 'cloudformation', `stack/${physicalId}/local`);
    case 'AWS::Cognito::UserPool':
      return arn(naming, 'cognito-idp', `userpool/${physicalId}`);
    case 'AWS::SecretsManager::Secret':
      return arn(naming, 'secretsmanager', `secret:${physicalId}-${shortHash(physicalId, 6)}`);
    default:
      return arn(naming, (typeName.split('::')[1] ?? 'unknown').toLowerCase(), physicalId);
  }
}

const isRefArn = new Set([
  'AWS::SecretsManager::Secret',
  'AWS::CloudFormation::Stack',
  'AWS::IAM::ManagedPolicy',
  'AWS::AppSync::GraphQLApi',
  'AWS::AppSync::ApiKey',
  'AWS::AppSync::DataSource',
  'AWS::AppSync::FunctionConfiguration',
  'AWS::AppSync::Resolver',
]);

/** Returns what `Ref` gives. */
export function refOf(resource: ResourceName, naming: Naming): string {
  if (resource.typeName === 'AWS::SQS::Queue') return queueUrlOf(resource.physicalId, naming);
  return isRefArn.has(resource.typeName) ? arnOf(resource, naming) : resource.physicalId;
}

/** Returns the URL of a queue, as clients use it. */
export function queueUrlOf(queueName: string, naming: Naming): string {
  return `${naming.awsUrl}/${naming.accountId}/${queueName}`;
}

/** Returns what `Fn::GetAtt` gives; fails on an attribute that a supported type does not have. */
export function attributeOf(resource: ResourceName, attribute: string, naming: Naming): string {
  if (attribute === 'Arn') return arnOf(resource, naming);
  const value = attributesOf(resource, naming)?.[attribute];
  if (value !== undefined) return value;
  if (isKnownWithAttributes(resource, naming)) {
    throw new InvalidAssembly(
      `${resource.logicalId} (${resource.typeName}): the attribute ${attribute} is not supported on one machine`,
    );
  }
  return `${resource.physicalId}.${attribute}`;
}

const isKnownWithAttributes = (resource: ResourceName, naming: Naming): boolean =>
  attributesOf(resource, naming) !== undefined;

function attributesOf(resource: ResourceName, naming: Naming): Record<string, string> | undefined {
  const { typeName, physicalId } = resource;
  const host = new URL(naming.awsUrl).host;
  switch (typeName) {
    case 'AWS::AppSync::GraphQLApi':
      return {
        ApiId: physicalId,
        GraphQLUrl: naming.graphqlUrl,
        RealtimeUrl: naming.realtimeUrl,
        GraphQLDns: new URL(naming.graphqlUrl).host,
        RealtimeDns: new URL(naming.realtimeUrl).host,
        GraphQLEndpointArn: arnOf(resource, naming),
      };
    case 'AWS::AppSync::FunctionConfiguration':
      return { FunctionId: physicalId, FunctionArn: arnOf(resource, naming) };
    case 'AWS::AppSync::ApiKey':
      return { ApiKey: physicalId, ApiKeyId: physicalId };
    case 'AWS::AppSync::DataSource':
      return { DataSourceArn: arnOf(resource, naming), Name: physicalId };
    case 'AWS::SQS::Queue':
      return { QueueName: physicalId, QueueUrl: queueUrlOf(physicalId, naming) };
    case 'AWS::S3::Bucket':
      return { DomainName: host, RegionalDomainName: host };
    case 'AWS::Cognito::UserPool':
      return {
        ProviderName: naming.issuerOf(physicalId).replace(/^https?:\/\//, ''),
        ProviderURL: naming.issuerOf(physicalId),
        UserPoolId: physicalId,
      };
    case 'AWS::Cognito::UserPoolClient':
      return { ClientId: physicalId, Name: physicalId };
    case 'AWS::SecretsManager::Secret':
      return { Id: arnOf(resource, naming) };
    case 'AWS::IAM::Role':
      return { RoleId: `AROA${shortHash(physicalId, 16).toUpperCase()}` };
    case 'AWS::DynamoDB::Table':
    case 'AWS::Lambda::Function':
      return {};
    default:
      return undefined;
  }
}
