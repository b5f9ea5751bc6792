import { GetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNotes } from '../unit/local/notes/start-notes.ts';
import type { Notes } from '../unit/local/notes/start-notes.ts';

let notes: Notes;
beforeAll(async () => {
  notes = await startNotes({ 'Audit.Stage': 'test' });
});
afterAll(() => notes.stop());

describe('an application of two stacks', () => {
  it('shares what one exports and the other imports, with parameters and conditions', async () => {
    const { outputs, notRun } = notes.runtime;
    const database = new DynamoDBClient(notes.clientConfig('root'));
    const storage = new S3Client(notes.clientConfig('root'));

    await storage.send(new PutObjectCommand({ Bucket: notes.names.inbox, Key: 'letter.txt', Body: 'hi' }));
    await storage.send(new PutObjectCommand({ Bucket: notes.names.inbox, Key: 'ignored.png', Body: 'hi' }));

    const read = async (sk: string) => {
      const Key = { pk: { S: 'AUDIT' }, sk: { S: sk } };
      return (await database.send(new GetItemCommand({ TableName: notes.names.table, Key }))).Item;
    };
    await expect
      .poll(() => read('letter.txt'), { timeout: 10_000 })
      .toMatchObject({
        stage: { S: 'test-us-east-1' },
      });
    expect(await read('ignored.png')).toBeUndefined();
    expect(outputs).toMatchObject({ TableName: notes.names.table });
    expect(outputs).not.toHaveProperty('AlertsUrl');
    expect(notRun.map(({ typeName }) => typeName)).toContain('AWS::Lambda::Function of a custom resource');
    expect(notes.errors).toEqual([]);
  });

  it('keeps a role to the partition that its policy names', async () => {
    expect(await notes.invoke('Auditor', { partition: 'AUDIT' })).toEqual({ payload: null });
    expect(await notes.invoke('Auditor', { partition: 'NOTES' })).toMatchObject({
      functionError: 'Unhandled',
      payload: { errorType: 'AccessDeniedException' },
    });
  });

  it('lets in who has one of its API keys, until the key ends', async () => {
    const { ApiKey, PastKey } = notes.runtime.outputs;
    const headers = (key: unknown) => ({ 'x-api-key': String(key), 'content-type': 'application/json' });
    const ask = async (query: string, key: unknown): Promise<unknown> => {
      const body = JSON.stringify({ query });
      const { graphqlUrl } = notes.runtime.endpoints;
      return (await fetch(graphqlUrl, { method: 'POST', headers: headers(key), body })).json();
    };

    expect(await ask('{ getNote(id: "none") { id } }', ApiKey)).toEqual({ data: { getNote: null } });
    expect(await ask('{ shout(text: "hi") }', ApiKey)).toMatchObject({
      errors: [{ errorType: 'Unauthorized' }],
    });
    for (const refused of [PastKey, `${String(ApiKey)}x`])
      expect(await ask('{ getNote(id: "none") { id } }', refused)).toMatchObject({
        errors: [{ errorType: 'UnauthorizedException' }],
      });
  });

  it('refuses a value that its parameter does not allow', async () => {
    await expect(startNotes({ Stage: 'moon' })).rejects.toThrow(
      'stack Audit: the parameter Stage is "moon"; expected one of test, live',
    );
    await expect(startNotes({ Colour: 'red' })).rejects.toThrow(
      '--parameter names Colour, which no stack of the assembly declares',
    );
  });
});
