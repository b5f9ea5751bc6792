import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNotes } from '../unit/local/notes/start-notes.ts';
import type { Notes } from '../unit/local/notes/start-notes.ts';

let notes: Notes;
const trusted = getCACertificates();

beforeAll(async () => {
  notes = await startNotes({}, { tlsPort: 0 });
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await notes.stop();
});

it('serves GraphQL and the real-time path over TLS to clients that trust its certificate', async () => {
  const { tls, graphqlUrl } = notes.runtime.endpoints;
  const ask = (url: string): Promise<Response> =>
    fetch(url, { method: 'POST', body: JSON.stringify({ query: '{ __typename }' }) });
  expect(tls).toBeTruthy();

  await expect(ask(tls!.graphqlUrl)).rejects.toThrow();
  setDefaultCACertificates([...trusted, readFileSync(tls!.certificatePath, 'utf8')]);

  const [secure, plain] = await Promise.all([ask(tls!.graphqlUrl), ask(graphqlUrl)]);
  expect([secure.status, await secure.json()]).toEqual([plain.status, await plain.json()]);
  const answered = await new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(tls!.realtimeUrl, ['graphql-ws']);
    socket.addEventListener('error', () => {
      reject(new Error('the socket failed'));
    });
    socket.addEventListener('message', ({ data }) => {
      resolve((JSON.parse(String(data)) as { type: string }).type);
    });
  });
  expect(answered).toBe('connection_error');
});
