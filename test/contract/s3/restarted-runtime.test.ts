import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startRuntime } from '../../../local/gateway/start-runtime.ts';
import type { Runtime } from '../../../local/gateway/start-runtime.ts';
import { synthesizeNotes } from '../../unit/local/notes/app.ts';
import { isStandIn, presignForm } from './s3-server.ts';

let folder: string;
let assemblyFolder: string;
let runtime: Runtime;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restarted-'));
  assemblyFolder = synthesizeNotes(folder);
  runtime = await start();
});
afterAll(async () => {
  await runtime.stop();
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<Runtime> {
  return startRuntime(
    {
      assemblyFolder,
      consoleFolder: join(folder, 'console'),
      dataFolder: join(folder, 'data'),
      port: 0,
      reset: false,
      parameters: new Map(),
    },
    { report: () => undefined, onError: (line) => expect.unreachable(line) },
  );
}

/** A client with the credentials of the function that names the bucket, or with those that own everything. */
function clientAs(role: 'worker' | 'root'): { client: S3Client; Bucket: string } {
  const { functions, iam } = runtime.services;
  const { environment } = [...functions.values()].find(
    ({ definition }) => definition.environment.BUCKET,
  )!.definition;
  const session = role === 'root' ? iam.root : iam.findSession(environment.AWS_ACCESS_KEY_ID ?? '')!;
  const client = new S3Client({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: session.credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  return { client, Bucket: environment.BUCKET ?? '' };
}

it.runIf(isStandIn)('takes addresses and forms that were signed before it was started again', async () => {
  const { client: root, Bucket } = clientAs('root');
  const put = await getSignedUrl(root, new PutObjectCommand({ Bucket, Key: 'by-address' }));
  const form = await presignForm(root, { Bucket, Key: 'by-form' });
  const get = await getSignedUrl(clientAs('worker').client, new GetObjectCommand({ Bucket, Key: 'by-form' }));
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  body.append('file', new Blob(['through a form']));

  await runtime.stop();
  await expect(fetch(get)).rejects.toThrow();
  runtime = await start();
  const answers = [
    await fetch(put, { method: 'PUT', body: 'by address' }),
    await fetch(form.url, { method: 'POST', body }),
    await fetch(get),
  ];
  const text = await answers[2]?.text();
  const forged = await fetch(put.replace('by-address', 'other'), { method: 'PUT', body: 'x' });

  expect(answers.map(({ status }) => status)).toEqual([200, 204, 200]);
  expect(text).toBe('through a form');
  expect(forged.status).toBe(403);
});
