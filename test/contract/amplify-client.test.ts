import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Amplify } from 'aws-amplify';
import { generateClient } from 'aws-amplify/api';
import { decodeJWT } from 'aws-amplify/auth';
import type { Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerIdentity } from '../../local/tls/index.ts';
import { API_KEY } from './appsync/notes-app.ts';
import { BACKEND_KEYS, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

type Mode = 'userPool' | 'lambda' | 'iam' | 'apiKey';

let notes: Notes;
const trusted = getCACertificates();

beforeAll(async () => {
  const identity = createServerIdentity(Date.now(), 1);
  setDefaultCACertificates([...trusted, identity.cert]);
  notes = await startNotes({ tls: identity, keepAliveMs: 1000 });
  const token = decodeJWT(await notes.token({}));
  Amplify.configure(
    {
      API: {
        GraphQL: { endpoint: notes.url, region: 'eu-west-1', defaultAuthMode: 'userPool', apiKey: API_KEY },
      },
    },
    {
      Auth: {
        tokenProvider: { getTokens: () => Promise.resolve({ accessToken: token, idToken: token }) },
        credentialsProvider: {
          getCredentialsAndIdentityId: () => Promise.resolve({ credentials: BACKEND_KEYS }),
          clearCredentialsAndIdentityId: () => undefined,
        },
      },
    },
  );
});

afterAll(async () => {
  await notes.close();
  setDefaultCACertificates(trusted);
});

interface Answer {
  data: Record<string, unknown> | null;
  errors?: { errorType?: string; message: string }[];
}

const client = generateClient();

/** The call itself, as applications write it; `lambda` brings its own token. */
function call(authMode: Mode, query: string, variables: Record<string, unknown> = {}): unknown {
  return client.graphql({
    query,
    variables,
    authMode,
    ...(authMode === 'lambda' && { authToken: 'custom-amplify' }),
  });
}

const ask = (mode: Mode, query: string, variables?: Record<string, unknown>): Promise<Answer> =>
  call(mode, query, variables) as Promise<Answer>;

const PUT = 'mutation ($input: NoteInput!) { putNote(input: $input) { shelf id title } }';
const ANNOUNCE = 'mutation ($input: AWSJSON!) { announce(input: $input) { shelf id title } }';

/** Announces until the subscription hears of it, because starting one takes a while. */
async function hear(mode: Mode, shelf: string, isEnough: (ids: string[]) => boolean): Promise<string[]> {
  const ids: string[] = [];
  const query = `subscription { onNote(shelf: "${shelf}") { id title } }`;
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    const again = setInterval(() => {
      count += 1;
      const input = JSON.stringify({ shelf, id: String(count), title: 'T' });
      ask('iam', ANNOUNCE, { input }).catch(reject);
    }, 100);
    const observable = call(mode, query) as Observable<{ data: { onNote: { id: string } } }>;
    const subscription = observable.subscribe({
      next: ({ data }) => {
        ids.push(data.onNote.id);
        if (!isEnough(ids)) return;
        clearInterval(again);
        subscription.unsubscribe();
        resolve();
      },
      error: reject,
    });
  });
  return ids;
}

describe.each<Mode>(['userPool', 'lambda'])('aws-amplify as %s, over TLS', (mode) => {
  it('queries, mutates and gets errors', async () => {
    const input = { shelf: mode, id: 'q', title: 'T' };

    const put = await ask(mode, PUT, { input });
    const read = await ask(mode, 'query ($s: ID!) { getNote(shelf: $s, id: "q") { title } }', { s: mode });
    const again = await ask(mode, PUT, { input }).catch((thrown: unknown) => thrown as Answer);

    expect(put.data).toMatchObject({ putNote: { id: 'q' } });
    expect(read.data).toMatchObject({ getNote: { title: 'T' } });
    expect(again.errors?.[0]).toMatchObject({ errorType: 'DynamoDB:ConditionalCheckFailedException' });
  });

  it('subscribes', async () => {
    expect(await hear(mode, `${mode}-live`, (ids) => ids.length === 2)).toHaveLength(2);
  });
});

describe('aws-amplify with the other modes', () => {
  it('signs what it asks and what it subscribes to', async () => {
    expect((await ask('iam', '{ context }')).data?.context).toContain('IAM Authorization');
    expect(await hear('iam', 'signed', (ids) => ids.length === 1)).toHaveLength(1);
  });

  it('sends an API key', async () => {
    expect((await ask('apiKey', '{ context }')).data?.context).toContain('API Key Authorization');
  });
});

describe('a connection that breaks', () => {
  it('comes back by itself, with its subscriptions', async () => {
    let isCut = false;
    let connectionsBefore = 0;
    let heardBefore = 0;

    const ids = await hear('userPool', 'broken', (heard) => {
      if (!isCut) {
        isCut = true;
        heardBefore = heard.length;
        connectionsBefore = notes.connections();
        notes.dropSockets();
      }
      return heard.length > heardBefore;
    });

    expect(ids.length).toBeGreaterThan(heardBefore);
    expect(notes.connections()).toBeGreaterThan(connectionsBefore);
  }, 20_000);
});
