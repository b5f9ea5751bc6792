import { randomUUID } from 'node:crypto';
import type { Resource } from '../assembly/index.ts';
import { readPrivateFile, writePrivateFile } from '../data-folder/index.ts';
import { generateSecret } from './generate-secret.ts';

type Json = Record<string, unknown>;

interface StoredSecret {
  value: string;
  versionId: string;
  createdMs: number;
}

/** A refusal in Secrets Manager's terms. */
export class SecretsError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Secrets Manager's JSON protocol over the secrets of the template. Calls are not authorized here. */
export interface SecretStore {
  /** Finds the ARN of the secret that a request is about; fails when there is none. */
  findArn(input: Json): string;
  call(operation: string, input: Json): Json;
}

/** Opens the store; a generated value is made once and kept in `path`. */
export async function openSecretStore(resources: Resource[], path: string): Promise<SecretStore> {
  const stored = (await readPrivateFile<Record<string, StoredSecret>>(path)) ?? {};
  const missing = resources.filter(({ arn }) => !stored[arn]);
  for (const resource of missing) {
    stored[resource.arn] = { value: initialValue(resource), versionId: randomUUID(), createdMs: Date.now() };
  }
  if (missing.length > 0) await writePrivateFile(path, stored);

  function findArn(input: Json): string {
    const id = input.SecretId;
    const resource = resources.find(({ arn, physicalId }) => id === arn || id === physicalId);
    if (!resource)
      throw new SecretsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return resource.arn;
  }

  return {
    findArn,
    call(operation, input) {
      if (operation !== 'GetSecretValue') {
        throw new SecretsError(
          'InvalidRequestException',
          `${operation} does not run on one machine; GetSecretValue does`,
        );
      }
      const arn = findArn(input);
      const { value, versionId, createdMs } = stored[arn] as StoredSecret;
      const stage = input.VersionStage ?? 'AWSCURRENT';
      if (stage !== 'AWSCURRENT' || (input.VersionId ?? versionId) !== versionId) {
        throw new SecretsError(
          'ResourceNotFoundException',
          "Secrets Manager can't find the specified secret value for this version.",
        );
      }
      const name = resources.find((resource) => resource.arn === arn)?.physicalId;
      return {
        ARN: arn,
        Name: name,
        SecretString: value,
        VersionId: versionId,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: createdMs / 1000,
      };
    },
  };
}

function initialValue({ properties }: Resource): string {
  if (typeof properties.SecretString === 'string') return properties.SecretString;
  return generateSecret(properties.GenerateSecretString ?? {});
}
