import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../../local/iam/index.ts';
import { isStandIn, REGION, startS3Server } from './s3-server.ts';

const Bucket = 'survivor';
const ROUNDS = 4;
const WRITERS = 12;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 's3-damage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Running {
  child: ChildProcess;
  client: S3Client;
  warnings: string[];
}

async function startChild(): Promise<Running> {
  const script = join(import.meta.dirname, 'killed-server.ts');
  const child = fork(script, [join(folder, 's3'), join(folder, 'delivered')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [
    { port: number; session: Session; warnings: string[] },
  ];
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${message.port}`,
    region: REGION,
    credentials: message.session.credentials,
    maxAttempts: 1,
  });
  return { child, client, warnings: message.warnings };
}

async function kill({ child, client }: Running): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
  client.destroy();
}

/** What the writers know: per key the value acknowledged last, and the one under way when the server died. */
interface Ledger {
  acknowledged: Map<string, string | null>;
  underWay: Map<string, string | null>;
  created: Set<string>;
  /** Answers of the server that were errors: dying is no excuse for them. */
  refusals: unknown[];
}

const bodyOf = (value: string): string =>
  `${value} `.repeat(1 + (createHash('md5').update(value).digest()[0] ?? 0) * 100);

/** Puts, overwrites and deletes until the server is gone. */
async function writeUntilDeath(client: S3Client, ledger: Ledger, writer: string): Promise<void> {
  for (let step = 0; ; step++) {
    const key = step % 3 === 0 ? `${writer}-shared` : `${writer}-${step}`;
    const value = step % 7 === 6 ? null : `${writer} ${step}`;
    ledger.underWay.set(key, value);
    try {
      if (value === null) await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
      else if (step % 5 === 4) await putInParts(client, key, bodyOf(value));
      else await client.send(new PutObjectCommand({ Bucket, Key: key, Body: bodyOf(value) }));
    } catch (error) {
      const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
      if ($metadata?.httpStatusCode !== undefined) ledger.refusals.push(error);
      return;
    }
    ledger.underWay.delete(key);
    ledger.acknowledged.set(key, value);
    if (value !== null) ledger.created.add(key);
  }
}

async function putInParts(client: S3Client, Key: string, Body: string): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

async function readOrNull(client: S3Client, Key: string): Promise<string | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return null;
    throw error;
  }
}

describe.runIf(isStandIn)('a server killed in the middle of writes', () => {
  it('keeps what it acknowledged, whole, and loses no event', async () => {
    const ledger: Ledger = { acknowledged: new Map(), underWay: new Map(), created: new Set(), refusals: [] };

    for (let round = 0; round < ROUNDS; round++) {
      const running = await startChild();
      expect(running.warnings).toEqual([]);
      await expectAsWritten(running.client, ledger);
      const writers = Array.from({ length: WRITERS }, (_, index) =>
        writeUntilDeath(running.client, ledger, `r${round}w${index}`),
      );
      const enough = ledger.created.size + WRITERS * (round + 2);
      while (ledger.created.size < enough) await setTimeout(1);
      await kill(running);
      await Promise.all(writers);
    }
    const last = await startChild();
    await expectAsWritten(last.client, ledger);
    last.child.send('deliver');
    const [{ warnings }] = (await once(last.child, 'message')) as [{ warnings: string[] }];
    await kill(last);

    const delivered = new Set((await readFile(join(folder, 'delivered'), 'utf8')).split('\n'));
    expect([...ledger.created].filter((key) => !delivered.has(key))).toEqual([]);
    expect(warnings).toEqual([]);
    expect(ledger.refusals).toEqual([]);
  }, 60_000);
});

async function expectAsWritten(client: S3Client, { acknowledged, underWay }: Ledger): Promise<void> {
  const keys = new Set([...acknowledged.keys(), ...underWay.keys()]);
  const there = new Set<string>();
  for await (const key of listAll(client)) there.add(key);
  for (const key of keys) {
    const found = await readOrNull(client, key);
    const possible = [
      acknowledged.get(key) ?? null,
      ...(underWay.has(key) ? [underWay.get(key) ?? null] : []),
    ];
    expect(possible.map((value) => value && bodyOf(value))).toContain(found);
    expect(there.has(key)).toBe(found !== null);
    // From here on what was found is what must stay.
    if (underWay.has(key)) {
      const kept = possible.find((value) => (value && bodyOf(value)) === found) ?? null;
      acknowledged.set(key, kept);
      underWay.delete(key);
    }
  }
}

async function* listAll(client: S3Client): AsyncGenerator<string> {
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key } of page.Contents ?? []) yield Key ?? '';
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

describe.runIf(isStandIn)('a damaged folder', () => {
  async function fill(): Promise<string> {
    const directory = join(folder, 's3');
    const server = await startS3Server([{ name: Bucket }], { directory });
    for (const Key of ['a', 'b', 'c'])
      await server.client.send(new PutObjectCommand({ Bucket, Key, Body: `bytes of ${Key}` }));
    await server.stop();
    return directory;
  }

  it('with a half-written last line loses that line alone', async () => {
    const directory = await fill();
    await appendFile(join(directory, 'journal'), '1234abcd {"type":"put","bucket":"surv');

    const server = await startS3Server([{ name: Bucket }], { directory });
    await server.client.send(new PutObjectCommand({ Bucket, Key: 'd', Body: 'x' }));
    await server.restart();

    expect(await readOrNull(server.client, 'c')).toBe('bytes of c');
    expect(await readOrNull(server.client, 'd')).toBe('x');
    await server.stop();
  });

  it('with a changed line in the middle is refused by name and place', async () => {
    const directory = await fill();
    const path = join(directory, 'journal');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"key":"b"', '"key":"x"'));

    await expect(startS3Server([{ name: Bucket }], { directory })).rejects.toThrow(
      /journal .* is damaged at byte \d+/,
    );
  });

  it('with a missing or cut file says so and never answers half an object', async () => {
    const directory = await fill();
    const names = JSON.parse(
      (await readFile(join(directory, 'journal'), 'utf8')).split('\n')[0]?.slice(9) ?? '',
    ) as {
      version: { blobs: { blob: string }[] };
    };
    const blob = names.version.blobs[0]?.blob ?? '';
    const path = join(directory, 'blobs', blob.slice(0, 2), blob);

    await truncate(path, 3);
    const cut = await startS3Server([{ name: Bucket }], { directory });
    await expect(readOrNull(cut.client, 'a')).rejects.toMatchObject({ name: 'InternalError' });
    expect(await readOrNull(cut.client, 'b')).toBe('bytes of b');
    await cut.stop();
    await rm(path);
    const missing = await startS3Server([{ name: Bucket }], { directory });

    expect(missing.warnings).toEqual([`the file of blob ${blob} is missing: its object cannot be read`]);
    await missing.stop();
  });

  it('with files that nothing names is swept', async () => {
    const directory = await fill();
    const stray = join(directory, 'blobs', 'ab', 'ab'.repeat(16));
    await writeFile(stray, 'left over');

    const server = await startS3Server([{ name: Bucket }], { directory });
    await server.stop();

    await expect(open(stray)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
