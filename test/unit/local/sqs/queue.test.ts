import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Queue } from '../../../../local/sqs/queue.ts';
import type { QueueDefinition, QueueOptions } from '../../../../local/sqs/queue.ts';

let folder: string;
let path: string;
const opened: Queue[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queue-'));
  path = join(folder, 'jobs.log');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
  await rm(folder, { recursive: true, force: true });
});

const definition: QueueDefinition = {
  name: 'jobs',
  arn: 'arn:aws:sqs:us-east-1:000000000000:jobs',
  url: 'http://127.0.0.1/000000000000/jobs',
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  maximumMessageBytes: 1_048_576,
  retentionSeconds: 345_600,
  waitTimeSeconds: 0,
  redrive: null,
};

/** Opening again without closing is what a start after SIGKILL does. */
async function open(
  changes: Partial<QueueDefinition> = {},
  options: Partial<QueueOptions> = {},
): Promise<Queue> {
  const queue = await Queue.open({ ...definition, ...changes }, { path, ...options });
  opened.push(queue);
  return queue;
}
const message = (body: string) => ({ body, attributes: {}, delaySeconds: null });
const receive = (queue: Queue, maxMessages = 10) => queue.receive({ maxMessages, waitSeconds: 0 });
const bodies = async (queue: Queue): Promise<string[]> => (await receive(queue)).map(({ body }) => body);

describe('a queue on disk', () => {
  it('finds every message again, in order, and those in flight are visible', async () => {
    const before = await open();
    await before.send([message('1'), message('2'), message('3')]);
    const [first] = await receive(before, 2);
    await before.remove([first?.receiptHandle ?? '']);

    const after = await open();

    expect(await bodies(after)).toEqual(['2', '3']);
  });

  it('remembers how often a message was received', async () => {
    const before = await open();
    await before.send([message('again')]);
    await receive(before);

    const [received] = await receive(await open());

    expect(received?.receiveCount).toBe(2);
  });

  it('drops a line that a kill cut off, and goes on behind it', async () => {
    const before = await open();
    await before.send([message('whole'), message('cut')]);
    await truncate(path, (await stat(path)).size - 5);

    const after = await open();
    await after.send([message('new')]);

    expect(await bodies(after)).toEqual(['whole', 'new']);
    expect(await bodies(await open())).toEqual(['whole', 'new']);
  });

  it('refuses a file with a damaged line instead of losing what follows', async () => {
    await (await open()).send([message('1')]);
    await appendFile(path, 'garbage\n');

    await expect(open()).rejects.toThrow(/is damaged at byte \d+/);
  });

  it('rewrites its file when most of it is dead', async () => {
    const queue = await open();
    const kept = 'kept';
    await queue.send([message(kept)]);
    const [keptMessage] = await receive(queue);
    for (let round = 0; round < 6; round++) {
      await queue.send([message('x'.repeat(300_000))]);
      const [large] = await receive(queue);
      await queue.remove([large?.receiptHandle ?? '']);
    }

    expect((await readFile(path)).length).toBeLessThan(1_000_000);
    queue.changeVisibility(keptMessage?.receiptHandle ?? '', 0);
    expect(await bodies(queue)).toEqual([kept]);
    expect(await bodies(await open())).toEqual([kept]);
  });

  it('gives a message to the dead-letter queue after too many receives', async () => {
    const dead = await Queue.open({ ...definition, name: 'dead' }, { path: join(folder, 'dead.log') });
    opened.push(dead);
    const redrive = { targetArn: 'dead', maxReceiveCount: 2 };
    const queue = await open(
      { redrive, visibilityTimeoutSeconds: 0 },
      { deadLetter: (given) => dead.adopt(given) },
    );
    await queue.send([message('poison')]);

    const counts = [
      (await receive(queue)).length,
      (await receive(queue)).length,
      (await receive(queue)).length,
    ];

    expect(counts).toEqual([1, 1, 0]);
    expect(await bodies(dead)).toEqual(['poison']);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('forgets a message after its retention period', async () => {
    let nowMs = 1_000_000;
    const queue = await open({ retentionSeconds: 60 }, { nowMs: () => nowMs });
    await queue.send([message('old')]);
    nowMs += 61_000;

    expect(await bodies(queue)).toEqual([]);
    expect(queue.counts().visible).toBe(0);
  });

  it('hands each message to one receiver alone', async () => {
    const queue = await open();
    await queue.send(Array.from({ length: 100 }, (_, index) => message(String(index))));

    const batches = await Promise.all(Array.from({ length: 30 }, () => receive(queue)));

    const ids = batches.flat().map(({ id }) => id);
    expect(ids).toHaveLength(100);
    expect(new Set(ids).size).toBe(100);
  });

  it('ends a long poll when the receiver goes away', async () => {
    const queue = await open();
    const gone = new AbortController();
    const polled = queue.receive({ maxMessages: 1, waitSeconds: 20, signal: gone.signal });

    gone.abort();

    expect(await polled).toEqual([]);
  });
});
