import { InvalidAssembly, readText } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { Iam, PolicyDocument } from '../iam/index.ts';

/** Adds what the template lets others do with its buckets, queues, tables, secrets and functions. */
export function addResourcePolicies(resources: Resource[], iam: Iam): void {
  for (const resource of resources) {
    const { logicalId: name, properties } = resource;
    for (const arn of governedBy(resource, resources)) {
      const document =
        resource.typeName === 'AWS::Lambda::Permission' ? toDocument(resource, arn) : documentOf(properties);
      iam.addResourcePolicy(arn, { name, document });
    }
  }
}

/** Returns the ARNs of the resources that a policy resource speaks of. */
function governedBy(resource: Resource, resources: Resource[]): string[] {
  const { typeName, properties } = resource;
  const find = (type: string, name: unknown): string => {
    const found = resources.find(
      (other) => other.typeName.startsWith(type) && (other.physicalId === name || other.arn === name),
    );
    if (found) return found.arn;
    throw new InvalidAssembly(
      `${resource.logicalId} (${typeName}) is for ${JSON.stringify(name)}, which the assembly does not declare`,
    );
  };
  switch (typeName) {
    case 'AWS::S3::BucketPolicy':
      return [find('AWS::S3::Bucket', properties.Bucket)];
    case 'AWS::SQS::QueuePolicy':
      return ((properties.Queues ?? []) as string[]).map((url) =>
        find('AWS::SQS::Queue', url.slice(url.lastIndexOf('/') + 1)),
      );
    case 'AWS::SecretsManager::ResourcePolicy':
      return [find('AWS::SecretsManager::Secret', properties.SecretId)];
    case 'AWS::Lambda::Permission':
      return [find('AWS::Lambda::Function', functionOf(String(properties.FunctionName)))];
    case 'AWS::DynamoDB::Table':
      return properties.ResourcePolicy === undefined ? [] : [resource.arn];
    default:
      return [];
  }
}

/** A version or alias runs the same code here. */
function functionOf(nameOrArn: string): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn.split(':').slice(0, 7).join(':');
  return nameOrArn.split(':')[0] ?? nameOrArn;
}

function documentOf({ PolicyDocument, ResourcePolicy }: Record<string, unknown>): PolicyDocument {
  const own = (ResourcePolicy as { PolicyDocument?: unknown } | string | undefined) ?? PolicyDocument;
  const inner = typeof own === 'object' && own !== null && 'PolicyDocument' in own ? own.PolicyDocument : own;
  return inner as PolicyDocument;
}

/** A permission is one statement of the function's policy. */
function toDocument({ logicalId, properties }: Resource, functionArn: string): PolicyDocument {
  const { Action, Principal, SourceArn, SourceAccount } = properties;
  const principal = readText(Principal, '', `${logicalId}.Principal`);
  return {
    Statement: {
      Effect: 'Allow',
      Principal: principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal },
      Action: Action as string,
      Resource: functionArn,
      Condition: {
        ...(SourceArn !== undefined && {
          ArnLike: { 'aws:SourceArn': readText(SourceArn, '', `${logicalId}.SourceArn`) },
        }),
        ...(SourceAccount !== undefined && {
          StringEquals: { 'aws:SourceAccount': readText(SourceAccount, '', `${logicalId}.SourceAccount`) },
        }),
      },
    },
  };
}
