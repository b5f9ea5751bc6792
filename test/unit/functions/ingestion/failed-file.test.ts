import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createZip } from '../../../support/create-zip.ts';
import {
  getFile,
  ingest,
  type IngestionTestDeps,
  type IngestionWorld,
  listKeys,
  listRecords,
  putFileDatabase,
  runParts,
  runPlans,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
const pageless = encode(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R/Size 3>>\n%%EOF\n',
);
const archive = createZip({ 'a.txt': 'words', 'b.txt': 'more words' });
const bomb = createZip({ 'word/document.xml': '<w:p/>' }, { declaredBytes: 900 * 1024 * 1024 });
const deep = `${'['.repeat(100)}1${']'.repeat(100)}`;

/** The name, the bytes, and how the file fails. */
const rows: [title: string, name: string, content: Uint8Array | string, kind: string, words: RegExp][] = [
  ['an image called .txt', 'picture.txt', png, 'UNSUPPORTED_FILE', /picture\.txt.*PNG image/],
  [
    'a program called .docx',
    'letter.docx',
    encode('\x7fELF\x02\x01\0\0'),
    'UNSUPPORTED_FILE',
    /letter\.docx.*ELF program.*docx/,
  ],
  ['text called .pdf', 'notes.pdf', 'only text', 'UNSUPPORTED_FILE', /notes\.pdf.*text.*pdf/],
  ['an archive called .docx', 'sheet.docx', archive, 'UNSUPPORTED_FILE', /without a document in it/],
  [
    'a program',
    'program.exe',
    encode('MZ\0\0binary\0\x01\x02'),
    'UNSUPPORTED_FILE',
    /Windows program.*not supported.*Supported are txt/,
  ],
  ['unknown binary data', 'data.bin', Uint8Array.from([0, 1, 2, 3, 250]), 'UNSUPPORTED_FILE', /binary data/],
  [
    'a broken PDF',
    'broken.pdf',
    encode('%PDF-1.7\nnothing of a PDF follows'),
    'CORRUPT_DATA',
    /PDF is damaged/,
  ],
  ['a PDF without pages', 'pageless.pdf', pageless, 'VALIDATION', /no pages/],
  ['white space', 'blank.txt', ' \n\t ', 'VALIDATION', /no text/],
  ['a page of scripts alone', 'empty.html', '<html><script>x()</script></html>', 'VALIDATION', /no text/],
  [
    'an unclosed quote',
    'open.csv',
    `a,b\n1,"${'x'.repeat(50)}`,
    'VALIDATION',
    /A quotation mark that opens in line 2/,
  ],
  ['JSON that is cut off', 'cut.json', '[{"a": 1}, {"a"', 'VALIDATION', /no end/],
  ['JSON with a missing value', 'gap.json', '[1,,2]', 'VALIDATION', /missing between commas/],
  ['JSON with a bad record', 'bad.json', '[{"a": 1}, {"a": x}]', 'VALIDATION', /Record 2 is not JSON/],
  ['JSON that is nested too deeply', 'deep.json', deep, 'VALIDATION', /nested deeper than 64/],
  [
    'a document that is no ZIP archive any more',
    'cut.docx',
    encode('PK\x03\x04cut'),
    'CORRUPT_DATA',
    /ZIP archive is damaged/,
  ],
  ['a ZIP bomb', 'bomb.docx', bomb, 'PAYLOAD_TOO_LARGE', /unpacks to/],
];

const files = rows.map(([title, name, content, kind, words]) => ({ title, name, content, kind, words }));

describe('a file that cannot be processed', () => {
  it.each(files)('fails $title with a named reason', async ({ name, content, kind, words }) => {
    const { id: databaseId } = await putFileDatabase(world);

    const file = await ingest(world, { databaseId, name, content });

    expect(file).toMatchObject({ status: 'FAILED', vectorCount: 0, error: { kind, retryable: false } });
    expect(file.error?.message).toMatch(words);
    expect(world.published.at(-1)).toEqual(file.progress);
    expect(file.progress).toMatchObject({ status: 'FAILED', message: file.error?.message });
    await settle(world);
    expect(await listKeys(world, 'files', `databases/${databaseId}/g1/staging/`)).toEqual([]);
  });

  it('names the place of the failure', async () => {
    const { id: databaseId } = await putFileDatabase(world);

    const file = await ingest(world, { databaseId, name: 'log.jsonl', content: '{"a":1}\n\n{"a":}' });

    expect(file.error?.location).toBe('line 3');
  });

  it('fails bytes that are not those that were declared', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const { uploadKey } = await import('../../../../functions/ingestion/storage/object-keys.ts');
    const { putTextObject } = await import('../../../../functions/ingestion/storage/file-objects.ts');
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'first bytes' });
    const key = uploadKey({ databaseId, generation: 1, fileId, version: 1 });

    await putTextObject(world.deps.files, key, 'other bytes of another length');
    await runPlans(world);

    expect((await getFile(world, databaseId, fileId)).error).toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringMatching(/29 bytes; declared were 11/) as string,
    });
  });
});

describe('a service that fails', () => {
  const unavailable = (): never => {
    throw new Error('connect ECONNREFUSED');
  };

  it('is tried again until the last delivery, which ends the file as FAILED and retryable', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'Some text.' });
    await runPlans(world);
    const [message] = world.partsQueue;
    const deps: IngestionTestDeps = { ...world.deps, openEmbedder: unavailable };

    await expect(runParts(world, deps)).rejects.toThrow('ECONNREFUSED');
    expect((await getFile(world, databaseId, fileId)).status).toBe('EMBEDDING');
    if (message) world.partsQueue.push(message);
    await runParts(world, deps, { isLastAttempt: true });

    const file = await getFile(world, databaseId, fileId);
    expect(file).toMatchObject({ status: 'FAILED', error: { kind: 'UNAVAILABLE', retryable: true } });
    expect(file.error?.message).not.toContain('ECONNREFUSED');
    await settle(world);
    expect(await listRecords(world, await putFileDatabase(world, { id: databaseId }), fileId)).toEqual([]);
  });

  it('does not make a file hang whose planning dies every time', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'Some text.' });
    const event = world.planQueue[0] as string;
    const { client: table } = world.deps.databases;
    let isDead = false;
    const die = () => {
      isDead = true;
      return Promise.reject(new Error('killed'));
    };
    const client = { send: die } as unknown as IngestionTestDeps['files']['client'];
    const send = (command: never) => (isDead ? die() : table.send(command));
    const databases = { ...world.deps.databases, client: { send } as unknown as typeof table };
    const deps: IngestionTestDeps = { ...world.deps, databases, files: { ...world.deps.files, client } };

    for (let delivery = 1; delivery <= 3; delivery++) {
      isDead = false;
      await runPlans(world, deps).catch(() => undefined);
      world.planQueue.push(event);
    }
    await runPlans(world);

    expect((await getFile(world, databaseId, fileId)).error).toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      retryable: true,
    });
  });

  it('does not stop ingestion when progress cannot be published', async () => {
    const { createProgressPublisher } =
      await import('../../../../functions/ingestion/publish/publish-progress.ts');
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'Some text.' });
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const deps = {
      ...world.deps,
      publish: createProgressPublisher('http://127.0.0.1:1/graphql', 'eu-central-1', credentials),
    };

    await runPlans(world, deps);
    await runParts(world, deps);

    expect(await getFile(world, databaseId, fileId)).toMatchObject({
      status: 'READY',
      progress: { percent: 100 },
    });
  });
});
