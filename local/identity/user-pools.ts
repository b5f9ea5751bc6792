import { readText } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';

export interface UserPoolClient {
  clientId: string;
  /** Like `ALLOW_USER_PASSWORD_AUTH`. */
  authFlows: string[];
}

export interface UserPool {
  poolId: string;
  groups: string[];
  clients: UserPoolClient[];
}

/** Returns the pools of the template with their groups and clients. */
export function readUserPools(resources: Resource[]): UserPool[] {
  const ofPool = (type: string, poolId: string): Resource[] =>
    resources.filter(({ typeName, properties }) => typeName === type && properties.UserPoolId === poolId);
  return resources
    .filter(({ typeName }) => typeName === 'AWS::Cognito::UserPool')
    .map(({ physicalId: poolId }) => ({
      poolId,
      groups: ofPool('AWS::Cognito::UserPoolGroup', poolId).map(({ properties, physicalId }) =>
        readText(properties.GroupName, physicalId, 'GroupName'),
      ),
      clients: ofPool('AWS::Cognito::UserPoolClient', poolId).map(readClient),
    }));
}

function readClient({ logicalId, physicalId, properties }: Resource): UserPoolClient {
  if (properties.GenerateSecret === true) {
    throw new Error(`${logicalId}.GenerateSecret is true; clients with a secret do not run on one machine`);
  }
  return { clientId: physicalId, authFlows: (properties.ExplicitAuthFlows ?? []) as string[] };
}
