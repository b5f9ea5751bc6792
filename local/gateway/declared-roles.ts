import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { Iam, NamedPolicy, PolicyDocument } from '../iam/index.ts';
import { managedPolicy, managedPolicyNames } from './managed-policies.ts';

/** Adds the roles that functions and data sources act as, with their inline and managed policies. */
export function addRoles(resources: Resource[], iam: Iam): void {
  const acting = new Set(resources.flatMap(({ properties }) => [properties.Role, properties.ServiceRoleArn]));
  for (const role of resources) {
    if (role.typeName !== 'AWS::IAM::Role' || !acting.has(role.arn)) continue;
    iam.addRole({
      arn: role.arn,
      policies: policiesOf(role, resources),
      trust: role.properties.AssumeRolePolicyDocument as PolicyDocument,
      tags: tagsOf(role),
    });
  }
}

function tagsOf({ properties }: Resource): Record<string, string> {
  const tags = (properties.Tags ?? []) as { Key: string; Value: string }[];
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** Returns the inline, attached and managed policies of a role. */
export function policiesOf(role: Resource, resources: Resource[]): NamedPolicy[] {
  const managedArns = (role.properties.ManagedPolicyArns ?? []) as string[];
  return [
    ...inlinePolicies(role),
    ...attachedPolicies(role, managedArns, resources),
    ...awsPolicies(role, managedArns, resources),
  ];
}

function inlinePolicies({ properties }: Resource): NamedPolicy[] {
  const policies = (properties.Policies ?? []) as { PolicyName: string; PolicyDocument: PolicyDocument }[];
  return policies.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument }));
}

function attachedPolicies(role: Resource, managedArns: string[], resources: Resource[]): NamedPolicy[] {
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

function awsPolicies(role: Resource, managedArns: string[], resources: Resource[]): NamedPolicy[] {
  return managedArns
    .filter((arn) => !resources.some((resource) => resource.arn === arn))
    .map((arn) => {
      const document = managedPolicy(arn);
      if (document) return { name: arn, document };
      throw new InvalidAssembly(
        `${role.logicalId}.ManagedPolicyArns has ${arn}, whose statements are not known here; write them into the template. ` +
          `Known are ${managedPolicyNames().join(', ')}`,
      );
    });
}
