import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  askForUpload,
  getFile,
  ingest,
  type IngestionWorld,
  listItems,
  listKeys,
  postForm,
  putFileDatabase,
  settle,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;
let databaseId: string;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
  databaseId = (await putFileDatabase(world)).id;
});
afterAll(() => world.stop());

const digest = (content: string): string => createHash('sha256').update(content).digest('hex');
const content = 'The lighthouse stands alone.';
const file = () => ({ databaseId, name: 'a.txt', content, sha256: digest(content) });
const versions = async () => {
  const items = await listItems<{ sk: string }>(world, 'Databases', databaseId);
  return items.filter(({ sk }) => sk.startsWith('INGEST#')).length;
};

describe('an upload of bytes that are searchable', () => {
  it('answers the file that they became, says so, and begins nothing', async () => {
    const first = await ingest(world, file());

    const again = await askForUpload(world, { ...file(), sha256: digest(content).toUpperCase() });
    const replacing = await askForUpload(world, { ...file(), replaceFileId: first.id });

    expect(again.file).toMatchObject({ id: first.id, status: 'READY', vectorCount: 1 });
    expect(again.file.progress.message).toContain('nothing needs to be uploaded');
    expect(replacing.file.id).toBe(first.id);
    expect(await versions()).toBe(1);
  });

  it('changes nothing when they are sent all the same', async () => {
    const first = await ingest(world, file());
    const again = await askForUpload(world, file());
    const before = await getFile(world, databaseId, first.id);

    const response = await postForm(again, content);
    await settle(world);

    expect(response.ok).toBe(true);
    expect(await getFile(world, databaseId, first.id)).toEqual(before);
    expect(await listKeys(world, 'files', `databases/${databaseId}/`)).toHaveLength(1);
  });

  it.each([
    ['without their digest', { sha256: undefined }],
    ['under another name', { name: 'b.txt' }],
    ['with other metadata', { metadata: { team: 'docs' } }],
  ])('makes another file %s', async (_title, changes) => {
    const first = await ingest(world, file());

    const other = await askForUpload(world, { ...file(), ...changes });

    expect(other.file).toMatchObject({ status: 'AWAITING_UPLOAD' });
    expect(other.file.id).not.toBe(first.id);
  });

  it('brings back a file that was deleted, replaced, or lost a chunk', async () => {
    const { deleteFile } = await import('../../../../functions/ingestion/upload/delete-file.ts');
    const { asRequest } = await import('../../../support/ingestion-world.ts');
    const first = await ingest(world, file());
    const replaced = 'Another text altogether.';
    await ingest(world, { databaseId, name: 'a.txt', content: replaced, replaceFileId: first.id });
    const afterReplacement = await askForUpload(world, file());
    const second = await ingest(world, { ...file(), name: 'c.txt' });
    await deleteFile(world.deps, asRequest({ databaseId, id: second.id }));

    const afterDeletion = await askForUpload(world, { ...file(), name: 'c.txt' });

    expect(afterReplacement.file).toMatchObject({ status: 'AWAITING_UPLOAD' });
    expect(afterDeletion.file).toMatchObject({ status: 'AWAITING_UPLOAD' });
  });
});
