import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listKeys } from '../../../../local/s3/list-keys.ts';
import { ObjectStore } from '../../../../local/s3/object-store.ts';
import type { JournalRecord, Version } from '../../../../local/s3/record.ts';

let directory: string;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'object-store-'));
  warnings = [];
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function openStore(clock = (): number => 1000): Promise<ObjectStore> {
  return ObjectStore.open({
    directory,
    clock,
    onEvents: () => undefined,
    onWarning: (message) => warnings.push(message),
  });
}

function putOf(store: ObjectStore, key: string, more: Partial<Version> = {}): JournalRecord {
  const sequence = store.nextSequence();
  const version: Version = {
    sequence,
    versionId: 'null',
    modifiedMs: 0,
    isDeleteMarker: false,
    size: 0,
    etag: `etag of ${key}`,
    blobs: [],
    headers: {},
    metadata: {},
    checksum: null,
    ...more,
  };
  return { type: 'put', bucket: 'b', key, version, events: [] };
}

describe('a commit', () => {
  it('sees every commit of the same lock before it', async () => {
    const store = await openStore();
    const counts: number[] = [];

    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.commit('one', (state) => {
          const next = Number(state.current('b', 'counter')?.etag ?? 0) + 1;
          counts.push(next);
          return [putOf(store, 'counter', { etag: String(next) })];
        }),
      ),
    );

    expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    await store.close();
  });

  it('that fails leaves the others alone', async () => {
    const store = await openStore();

    const outcomes = await Promise.allSettled([
      store.commit('a', () => [putOf(store, 'a')]),
      store.commit('b', () => {
        throw new Error('refused');
      }),
      store.commit('c', () => [putOf(store, 'c')]),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await store.close();
    const again = await openStore();
    expect([...again.state.bucket('b').keys.from(() => false)]).toEqual(['a', 'c']);
    await again.close();
  });

  it('right behind another finds the store awake', async () => {
    const store = await openStore();

    for (let index = 0; index < 200; index++) {
      const commit = store.commit('a', () => [putOf(store, 'a')]);
      await (index % 2 === 0 ? commit.then(() => store.commit('a', () => [])) : commit);
    }

    await store.close();
  });

  it('after the store was closed is refused', async () => {
    const store = await openStore();
    await store.close();

    await expect(store.commit('a', () => [])).rejects.toThrow('closed');
  });
});

describe('sequence numbers', () => {
  it('grow also when the clock goes back over a restart', async () => {
    const store = await openStore(() => 5_000_000);
    await store.commit('a', () => [putOf(store, 'a')]);
    const before = store.nextSequence();
    await store.close();

    const again = await openStore(() => 1000);

    expect(again.nextSequence()).toBeGreaterThanOrEqual(before);
    await again.close();
  });
});

describe('the journal', () => {
  it('is rewritten when most of it is of the past, and says the same after', async () => {
    const store = await openStore();
    const event = { id: 'e', ruleId: 'r', bucket: 'b', record: { eventName: 'x' } } as never;
    await store.commit('first', () => [{ ...putOf(store, 'first'), events: [event] } as JournalRecord]);
    await store.commit('u', () => [
      {
        type: 'begin',
        upload: { id: 'u', bucket: 'b', key: 'k', initiatedMs: 0, headers: {}, metadata: {}, checksum: null },
      },
      {
        type: 'part',
        uploadId: 'u',
        part: { number: 1, size: 0, etag: '', modifiedMs: 0, blobs: [], checksum: null },
      },
    ]);
    for (let round = 0; round < 100; round++) {
      await store.commit('all', () =>
        Array.from({ length: 220 }, (_, index) => putOf(store, `key ${index}`)),
      );
    }
    await store.commit('versions', () => [
      putOf(store, 'versioned', { versionId: 'v1' }),
      putOf(store, 'versioned', { versionId: 'v2' }),
    ]);
    await store.close();

    const lines = (await readFile(join(directory, 'journal'), 'utf8')).split('\n').length;
    const again = await openStore();

    expect(lines).toBeLessThan(20_000);
    expect(again.state.bucket('b').keys.size).toBe(222);
    expect(
      again.state
        .bucket('b')
        .versions.get('versioned')
        ?.map(({ versionId }) => versionId),
    ).toEqual(['v2', 'v1']);
    expect(again.state.pendingEvents.get('e')).toEqual(event);
    expect(again.state.uploads.get('u')?.parts.size).toBe(1);
    expect(again.nextSequence()).toBeGreaterThan(store.nextSequence() - 2);
    await again.close();
    expect(warnings).toEqual([]);
  });
});

describe('a blob', () => {
  async function* bytes(...pieces: string[]): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      await Promise.resolve();
      yield Buffer.from(piece);
    }
  }

  it('that is let go while it is read stays until the read ends', async () => {
    const store = await openStore();
    const blobs = await store.blobs.write(bytes('some ', 'bytes'));
    const path = join(directory, 'blobs', blobs[0]?.blob.slice(0, 2) ?? '', blobs[0]?.blob ?? '');
    const unpin = store.blobs.pin(blobs);

    store.blobs.release(blobs.map(({ blob }) => blob));
    let text = '';
    for await (const chunk of store.blobs.read(blobs, 2, 7)) text += Buffer.from(chunk).toString();
    const whilePinned = await stat(path);
    unpin();
    unpin();

    expect(text).toBe('me by');
    expect(whilePinned.size).toBe(10);
    await expect
      .poll(() =>
        stat(path).then(
          () => 'there',
          () => 'gone',
        ),
      )
      .toBe('gone');
    await store.close();
  });

  it('whose source fails leaves no file', async () => {
    const store = await openStore();
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* bytes('half');
      throw new Error('cut off');
    }

    await expect(store.blobs.write(failing())).rejects.toThrow('cut off');
    await store.blobs.sweep(new Map());

    await store.close();
    expect(warnings).toEqual([]);
  });

  it('shared by a copy stays when its first object goes in the same batch', async () => {
    const store = await openStore();
    const blobs = await store.blobs.write(bytes('shared'));
    await store.commit('b/a', () => [putOf(store, 'a', { blobs, size: 6 })]);

    await Promise.all([
      store.commit('b/a', () => [
        { type: 'delete', bucket: 'b', key: 'a', versionId: 'null', sequence: 1, events: [] },
      ]),
      store.commit('b/c', () => [putOf(store, 'c', { blobs, size: 6 })]),
    ]);
    await store.close();

    const again = await openStore();
    await expect(again.blobs.check(blobs)).resolves.toBeUndefined();
    expect(warnings).toEqual([]);
    await again.close();
  });
});

describe('a hundred thousand objects', () => {
  it('are opened and listed quickly', async () => {
    const store = await openStore();
    for (let folder = 0; folder < 100; folder++) {
      await store.commit('all', () =>
        Array.from({ length: 1000 }, (_, index) => putOf(store, `folder-${folder}/object-${index}`)),
      );
    }
    await store.close();

    const startMs = performance.now();
    const again = await openStore();
    const openedMs = performance.now();
    const request = { prefix: '', delimiter: '/', after: '', skipsPrefix: false, limit: 1000 };
    const page = listKeys(again.state.bucket('b'), request, (versions) => versions);
    const listedMs = performance.now();

    expect(page.entries).toHaveLength(100);
    expect(again.state.bucket('b').keys.size).toBe(100_000);
    // 2 s and 3 ms on two busy cores; the bounds leave room for slower machines.
    expect(openedMs - startMs).toBeLessThan(20_000);
    expect(listedMs - openedMs).toBeLessThan(1000);
    await again.close();
  });
});
