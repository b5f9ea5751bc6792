import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import type { PresignedPost, PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIam } from '../../../local/iam/index.ts';
import type { Iam, Session } from '../../../local/iam/index.ts';
import { createS3 } from '../../../local/s3/index.ts';
import type { BucketConfig, S3, S3Options } from '../../../local/s3/index.ts';
import { openForeignServer } from './foreign-server.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
/** Another implementation to prove the suite against, such as MinIO. */
const endpoint = process.env.S3_ENDPOINT;
/** Whether roles, clock, folder and events of the stand-in can be tested. */
export const isStandIn = endpoint === undefined;

export interface S3Server {
  iam: Iam;
  s3: S3;
  server: Server;
  url: string;
  port: number;
  /** Whose the objects are. */
  ownerId: string;
  directory: string;
  warnings: string[];
  client: S3Client;
  clientFor(session: Session, config?: ConstructorParameters<typeof S3Client>[0]): S3Client;
  /** Stops the server and starts it again over the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the S3 stand-in on a free port over a temporary folder. */
export async function startS3Server(
  buckets: (Partial<BucketConfig> & { name: string })[],
  overrides: Partial<S3Options> = {},
): Promise<S3Server> {
  if (endpoint !== undefined) return (await openForeignServer(endpoint, REGION, buckets)) as S3Server;
  const directory = overrides.directory ?? (await mkdtemp(join(tmpdir(), 's3-contract-')));
  const iam = createIam({ accountId: ACCOUNT });
  const warnings: string[] = [];
  const open = (): Promise<S3> =>
    createS3({
      directory,
      region: REGION,
      accountId: ACCOUNT,
      buckets: buckets.map((bucket) => ({ isVersioned: false, cors: [], notifications: [], ...bucket })),
      lookupCredentials(accessKeyId) {
        const session = iam.findSession(accessKeyId);
        return session && { ...session.credentials, principal: session.principal };
      },
      decide: iam.decide,
      onWarning: (message) => warnings.push(message),
      ...overrides,
    });
  let s3 = await open();
  const server = createServer((req, res) => void s3.handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clientFor: S3Server['clientFor'] = (session, config = {}) =>
    new S3Client({
      endpoint: url,
      region: REGION,
      credentials: session.credentials,
      maxAttempts: 1,
      ...config,
    });
  const started: S3Server = {
    iam,
    s3,
    server,
    url,
    port,
    ownerId: ACCOUNT,
    directory,
    warnings,
    client: clientFor(iam.root),
    clientFor,
    async restart() {
      await s3.close();
      s3 = await open();
      started.s3 = s3;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await s3.close();
      if (overrides.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
  return started;
}

/** Signs a POST form as the given client would. */
export async function presignForm(client: S3Client, options: PresignedPostOptions): Promise<PresignedPost> {
  return createPresignedPost(client, options);
}
