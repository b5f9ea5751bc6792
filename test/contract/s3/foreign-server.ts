import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { BucketConfig } from '../../../local/s3/index.ts';

interface Key {
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** What a test may use of another implementation: a key and an address, no roles, clock or folder. */
interface ForeignServer {
  url: string;
  port: number;
  ownerId: string;
  iam: { root: Key };
  client: S3Client;
  clientFor(session: Key, config?: S3ClientConfig): S3Client;
  stop(): Promise<void>;
}

interface Bucket extends Partial<BucketConfig> {
  name: string;
}

/** Creates the buckets at another implementation; what only the stand-in has fails where a test asks for it. */
export async function openForeignServer(
  endpoint: string,
  region: string,
  buckets: Bucket[],
): Promise<ForeignServer> {
  const credentials = {
    accessKeyId: process.env.S3_ACCESS_KEY ?? 'contract',
    secretAccessKey: process.env.S3_SECRET ?? 'contract-secret',
  };
  const clientFor: ForeignServer['clientFor'] = (session, config = {}) =>
    new S3Client({
      endpoint,
      region,
      credentials: session.credentials,
      forcePathStyle: true,
      maxAttempts: 1,
      ...config,
    });
  const client = clientFor({ credentials });
  for (const bucket of buckets) await createBucket(client, region, bucket);
  const { Owner } = await client.send(new ListBucketsCommand({}));
  const own: ForeignServer = {
    url: endpoint,
    port: Number(new URL(endpoint).port),
    ownerId: Owner?.ID ?? '',
    iam: { root: { credentials } },
    client,
    clientFor,
    stop() {
      client.destroy();
      return Promise.resolve();
    },
  };
  return new Proxy(own, {
    get(target, name) {
      if (name in target || name === 'then') return Reflect.get(target, name) as unknown;
      throw new Error(`another implementation has no ${String(name)}`);
    },
  });
}

async function createBucket(
  client: S3Client,
  region: string,
  { name, isVersioned = false, cors = [] }: Bucket,
): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: region as 'eu-central-1' };
  await client
    .send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }))
    .catch((error: unknown) => {
      if (!(error as Error).name.startsWith('BucketAlready')) throw error;
    });
  if (isVersioned) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  if (cors.length === 0) return;
  const CORSRules = cors.map((rule) => ({
    AllowedOrigins: rule.allowedOrigins,
    AllowedMethods: rule.allowedMethods,
    AllowedHeaders: rule.allowedHeaders,
    ExposeHeaders: rule.exposedHeaders,
    MaxAgeSeconds: rule.maxAgeSeconds,
  }));
  await client
    .send(new PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules } }))
    .catch((error: unknown) => {
      if ((error as Error).name !== 'NotImplemented') throw error;
    });
}
