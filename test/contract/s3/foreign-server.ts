import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { BucketConfig } from '../../../local/s3/index.ts';

/** What another implementation has of the stand-in. */
interface ForeignServer {
  url: string;
  port: number;
  client: S3Client;
  stop(): Promise<void>;
}

/** Creates the buckets at another implementation; what only the stand-in has fails where a test asks for it. */
export async function openForeignServer(
  endpoint: string,
  buckets: (Partial<BucketConfig> & { name: string })[],
): Promise<ForeignServer> {
  const secret = process.env.S3_SECRET ?? 'S3RVER';
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: process.env.S3_ACCESS_KEY ?? 'S3RVER', secretAccessKey: secret },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  for (const { name, isVersioned = false } of buckets) {
    await client.send(new CreateBucketCommand({ Bucket: name })).catch((error: unknown) => {
      if (!(error as Error).name.startsWith('BucketAlready')) throw error;
    });
    if (!isVersioned) continue;
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
  }
  const own: ForeignServer = {
    url: endpoint,
    port: Number(new URL(endpoint).port),
    client,
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
