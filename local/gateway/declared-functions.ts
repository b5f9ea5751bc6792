import { existsSync } from 'node:fs';
import type { ResolvedAssembly, Resource } from '../assembly/index.ts';
import { InvalidAssembly, readText } from '../assembly/index.ts';
import type { Iam } from '../iam/index.ts';
import { createEnvironment } from '../lambda/index.ts';
import type { CodeStore, FunctionDefinition } from '../lambda/index.ts';
import { requireTrust } from './resource-access.ts';

/** What the template says of one function, with the credentials of its role in its environment. */
export function defineFunction(
  resource: Resource,
  { codePath, iam, region, awsUrl }: { codePath: string; iam: Iam; region: string; awsUrl: string },
): FunctionDefinition {
  const { logicalId, physicalId: name, arn, properties } = resource;
  const runtime = readText(properties.Runtime, '', `${logicalId}.Runtime`);
  if ((properties.PackageType ?? 'Zip') !== 'Zip')
    throw new InvalidAssembly(`${logicalId}.PackageType is ${String(properties.PackageType)}; expected Zip`);
  if (!runtime.startsWith('nodejs'))
    throw new InvalidAssembly(
      `${logicalId}.Runtime is ${JSON.stringify(runtime)}; expected a nodejs runtime`,
    );
  const handler = readText(properties.Handler, 'index.handler', `${logicalId}.Handler`);
  const memoryMb = Number(properties.MemorySize ?? 128);
  const roleArn = String(properties.Role);
  requireTrust(iam, { roleArn, service: 'lambda.amazonaws.com', sourceArn: arn });
  const { credentials } = iam.assumeRole(roleArn, name);
  const variables =
    ((properties.Environment ?? {}) as { Variables?: Record<string, unknown> }).Variables ?? {};
  return {
    name,
    arn,
    codePath,
    handler,
    memoryMb,
    timeoutMs: Number(properties.Timeout ?? 3) * 1000,
    reservedConcurrency:
      properties.ReservedConcurrentExecutions === undefined
        ? null
        : Number(properties.ReservedConcurrentExecutions),
    environment: createEnvironment({
      functionName: name,
      handler,
      memoryMb,
      codePath,
      region,
      credentials,
      awsUrl,
      variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    }),
  };
}

/** Takes the code of a function over: the folder of an asset, or the text that stands in the template. */
export function uploadCode(
  { logicalId, properties }: Resource,
  { assetPaths }: ResolvedAssembly,
  store: CodeStore,
): Promise<string> {
  const { S3Key: key, ZipFile: inline } = (properties.Code ?? {}) as { S3Key?: string; ZipFile?: string };
  if (inline !== undefined) return store.uploadText('index.js', inline);
  const path = assetPaths.get(key ?? '');
  if (path === undefined || !existsSync(path))
    throw new InvalidAssembly(`${logicalId}.Code: the asset ${String(key)} is not in the assembly`);
  if (path.endsWith('.zip'))
    throw new InvalidAssembly(`${logicalId}.Code: the asset ${path} is a zip file; use a folder`);
  return store.upload(path);
}
