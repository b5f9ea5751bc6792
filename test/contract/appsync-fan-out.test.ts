import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ask, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

const SUBSCRIBERS = 1200;
const TOKEN = 'custom-crowd';

let notes: Notes;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  notes = await startNotes({ keepAliveMs: 60_000 });
});

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await notes.close();
});

interface Heard {
  type: string;
  payload?: { data?: { onNote: { id: string; title?: string } } };
}

/** Connects, subscribes and waits for the acknowledgement; then adds what comes to `heard`. */
function join(query: string, heard: string[]): Promise<void> {
  const header = Buffer.from(JSON.stringify({ host: 'x', Authorization: TOKEN })).toString('base64url');
  const socket = new WebSocket(notes.realtimeUrl, ['graphql-ws', `header-${header}`]);
  sockets.push(socket);
  const start = {
    id: '1',
    type: 'start',
    payload: { data: JSON.stringify({ query }), extensions: { authorization: { Authorization: TOKEN } } },
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify(start));
    });
    socket.on('message', (data) => {
      const frame = JSON.parse((data as Buffer).toString()) as Heard;
      if (frame.type === 'start_ack') resolve();
      if (frame.type === 'error') reject(new Error(JSON.stringify(frame)));
      if (frame.type === 'data') heard.push(Object.values(frame.payload!.data!.onNote).join(' '));
    });
  });
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('reaches more than a thousand subscribers, each with the fields that it selected', async () => {
  const heard: Record<'ids' | 'titles' | 'others', string[]> = { ids: [], titles: [], others: [] };
  for (let i = 0; i < SUBSCRIBERS; i += 50) {
    const joining = Array.from({ length: 50 }, (_, k) => {
      if (k === 0) return join('subscription { onNote(shelf: "elsewhere") { id } }', heard.others);
      if (k % 2 === 0) return join('subscription { onNote(shelf: "crowd") { id } }', heard.ids);
      return join('subscription { onNote(shelf: "crowd") { id title } }', heard.titles);
    });
    await Promise.all(joining);
  }

  const put = (id: string) =>
    ask(
      notes,
      `mutation { putNote(input: { shelf: "crowd", id: "${id}", title: "T" }) { shelf id title } }`,
      {
        authorization: TOKEN,
      },
    );
  await put('a');
  await put('b');

  await until(() => heard.ids.length === (SUBSCRIBERS / 50) * 24 * 2);
  await until(() => heard.titles.length === (SUBSCRIBERS / 50) * 25 * 2);
  expect(new Set(heard.ids)).toEqual(new Set(['a', 'b']));
  expect(new Set(heard.titles)).toEqual(new Set(['a T', 'b T']));
  expect(heard.others).toEqual([]);
}, 30_000);
