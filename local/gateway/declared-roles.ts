import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { Iam, PolicyDocument } from '../iam/index.ts';

/** Managed policies of AWS that allow nothing but logs and traces, which have no counterpart here. */
const WITHOUT_EFFECT = [
  'AWSLambdaBasicExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'AWSXrayWriteOnlyAccess',
  'AWSAppSyncPushToCloudWatchLogs',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
  'CloudWatchLambdaApplicationSignalsExecutionRolePolicy',
];

/** Adds the roles that functions and data sources act as, with their inline and managed policies. */
export function addRoles(resources: Resource[], iam: Iam): void {
  const acting = new Set(resources.flatMap(({ properties }) => [properties.Role, properties.ServiceRoleArn]));
  for (const role of resources) {
    if (role.typeName !== 'AWS::IAM::Role' || !acting.has(role.arn)) continue;
    iam.addRole({ arn: role.arn, policies: [...inlinePolicies(role), ...attachedPolicies(role, resources)] });
  }
}

function inlinePolicies({ properties }: Resource): { name: string; document: PolicyDocument }[] {
  const policies = (properties.Policies ?? []) as { PolicyName: string; PolicyDocument: PolicyDocument }[];
  return policies.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument }));
}

function attachedPolicies(
  role: Resource,
  resources: Resource[],
): { name: string; document: PolicyDocument }[] {
  const managedArns = (role.properties.ManagedPolicyArns ?? []) as string[];
  refuseUnknownManaged(role, managedArns, resources);
  return resources
    .filter(({ typeName }) => typeName === 'AWS::IAM::Policy' || typeName === 'AWS::IAM::ManagedPolicy')
    .filter(
      ({ arn, properties }) =>
        managedArns.includes(arn) || ((properties.Roles ?? []) as string[]).includes(role.physicalId),
    )
    .map(({ logicalId, properties }) => ({
      name: logicalId,
      document: properties.PolicyDocument as PolicyDocument,
    }));
}

function refuseUnknownManaged(role: Resource, managedArns: string[], resources: Resource[]): void {
  for (const arn of managedArns) {
    const isKnown =
      resources.some((resource) => resource.arn === arn) ||
      WITHOUT_EFFECT.some((name) => arn.endsWith(`/${name}`));
    if (!isKnown)
      throw new InvalidAssembly(
        `${role.logicalId}.ManagedPolicyArns has ${arn}, whose statements are not known here; write them into the template`,
      );
  }
}
