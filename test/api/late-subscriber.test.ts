import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApolloClient } from '../support/apollo-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { type ProgressRecorder, recordProgress } from '../support/progress.ts';
import { createDatabase, requestUpload, uploadFile, waitForFile } from '../support/upload.ts';

describe('a subscriber that joins late', () => {
  let runtime: LocalRuntime;
  let databaseId: string;
  const recorders: ProgressRecorder[] = [];

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    databaseId = (await createDatabase(runtime, { name: 'Late', embedding: { provider: 'local' } })).id;
  });

  afterAll(async () => {
    for (const recorder of recorders) recorder.stop();
    await runtime.stop();
  });

  function join(fileId?: string): ProgressRecorder {
    const client = createApolloClient(runtime.endpoints, {
      type: 'AMAZON_COGNITO_USER_POOLS',
      jwtToken: runtime.endpoints.adminToken,
    });
    const recorder = recordProgress(client, databaseId, fileId);
    recorders.push(recorder);
    return recorder;
  }

  async function heardBy(recorder: ProgressRecorder): Promise<ProgressRecorder['events']> {
    await vi.waitUntil(() => recorder.events.length > 0, { timeout: 30_000, interval: 50 });
    expect(recorder.errors).toEqual([]);
    return recorder.events;
  }

  it('hears of an unfinished file that nothing happens to', { timeout: 60_000 }, async () => {
    const bytes = new TextEncoder().encode('The lighthouse.');
    const { file } = await requestUpload(runtime, { databaseId, name: 'awaited.txt', bytes });

    const events = await heardBy(join());

    expect(events).toMatchObject([{ fileId: file.id, status: 'AWAITING_UPLOAD', percent: 0 }]);
  });

  it('hears that a file that it names is READY, or why it FAILED', { timeout: 60_000 }, async () => {
    const bytes = new TextEncoder().encode('The lighthouse stands on the cape.');
    const readyId = await uploadFile(runtime, { databaseId, name: 'ready.txt', bytes });
    const failedId = await uploadFile(runtime, {
      ...{ databaseId, name: 'failed.json', bytes: new TextEncoder().encode('[{"text": "no end"') },
    });
    await Promise.all([readyId, failedId].map((id) => waitForFile(runtime, databaseId, id)));

    const [ready, failed] = await Promise.all([heardBy(join(readyId)), heardBy(join(failedId))]);

    expect(ready).toMatchObject([{ fileId: readyId, status: 'READY', percent: 100, chunksDone: 1 }]);
    expect(failed).toMatchObject([{ fileId: failedId, status: 'FAILED' }]);
    expect(failed[0]?.message).toMatch(/JSON/);
  });
});
