import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { RetryLink } from '@apollo/client/link/retry';
import { AUTH_TYPE, createAuthLink } from 'aws-appsync-auth-link';
import type { AuthOptions } from 'aws-appsync-auth-link';
import { createSubscriptionHandshakeLink } from 'aws-appsync-subscription-link';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKEND_KEYS, startNotes } from './appsync/start-notes.ts';
import type { Notes } from './appsync/start-notes.ts';

let notes: Notes;
let modes: Record<string, AuthOptions>;

beforeAll(async () => {
  notes = await startNotes();
  const jwtToken = await notes.token({});
  modes = {
    'user pool': { type: AUTH_TYPE.AMAZON_COGNITO_USER_POOLS, jwtToken },
    Lambda: { type: AUTH_TYPE.AWS_LAMBDA, token: 'custom-client' },
  };
});

afterAll(() => notes.close());

function clientOf(auth: AuthOptions, before: ApolloLink[] = []): ApolloClient {
  const options = { url: notes.url, region: 'eu-west-1', auth };
  return new ApolloClient({
    link: ApolloLink.from([
      ...before,
      createAuthLink(options),
      createSubscriptionHandshakeLink(options, new HttpLink({ uri: notes.url })),
    ]),
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
  });
}

const PUT = gql`
  mutation ($input: NoteInput!) {
    putNote(input: $input) {
      shelf
      id
      title
    }
  }
`;

describe.each(['user pool', 'Lambda'])('Apollo Client with the links of AppSync, as %s', (mode) => {
  it('queries, mutates and gets errors', async () => {
    const client = clientOf(modes[mode]!);
    const input = { shelf: mode, id: 'q', title: 'T' };

    const put = await client.mutate({ mutation: PUT, variables: { input } });
    const read = await client.query({
      query: gql`
        query ($shelf: ID!) {
          getNote(shelf: $shelf, id: "q") {
            title
          }
        }
      `,
      variables: { shelf: mode },
    });
    const again = await client.mutate({ mutation: PUT, variables: { input }, errorPolicy: 'all' });

    expect(put.data).toMatchObject({ putNote: { id: 'q' } });
    expect(read.data).toMatchObject({ getNote: { title: 'T' } });
    expect((again.error as { errors?: unknown[] } | undefined)?.errors?.[0]).toMatchObject({
      errorType: 'DynamoDB:ConditionalCheckFailedException',
      errorInfo: { retryable: false },
    });
    client.stop();
  });

  it('subscribes', async () => {
    const client = clientOf(modes[mode]!);
    const query = gql`
      subscription ($shelf: ID!) {
        onNote(shelf: $shelf) {
          id
          title
        }
      }
    `;

    const received = await new Promise((resolve, reject) => {
      let count = 0;
      const again = setInterval(() => {
        count += 1;
        const input = { shelf: `${mode}-live`, id: String(count), title: 'Live' };
        client.mutate({ mutation: PUT, variables: { input } }).catch(reject);
      }, 100);
      const subscription = client.subscribe({ query, variables: { shelf: `${mode}-live` } }).subscribe({
        next: ({ data }) => {
          clearInterval(again);
          subscription.unsubscribe();
          resolve(data);
        },
        error: reject,
      });
    });

    expect(received).toMatchObject({ onNote: { title: 'Live' } });
    client.stop();
  });
});

describe('signatures of the AppSync links', () => {
  // The ES module build of the auth link cannot sign in Node (it misreads a CommonJS import): its CommonJS build can.
  const require = createRequire(import.meta.url);
  const links = require('aws-appsync-subscription-link') as {
    createSubscriptionHandshakeLink: typeof createSubscriptionHandshakeLink;
  };
  const auths = require('aws-appsync-auth-link') as { createAuthLink: typeof createAuthLink };

  function signingClient(): ApolloClient {
    const { accessKeyId, secretAccessKey } = BACKEND_KEYS;
    const auth: AuthOptions = {
      type: AUTH_TYPE.AWS_IAM,
      credentials: { accessKeyId, secretAccessKey } as never,
    };
    const options = { url: notes.url, region: 'eu-west-1', auth };
    // Apollo adds its own extensions to the body by default, which the auth link does not sign.
    const http = new HttpLink({
      uri: notes.url,
      enhancedClientAwareness: { transport: false },
    } as never) as never;
    return new ApolloClient({
      link: ApolloLink.from([
        auths.createAuthLink(options),
        links.createSubscriptionHandshakeLink(options, http),
      ]),
      cache: new InMemoryCache(),
    });
  }

  it('are taken for mutations and subscriptions', async () => {
    const client = signingClient();
    const mutation = gql`
      mutation ($input: AWSJSON!) {
        announce(input: $input) {
          id
          shelf
        }
      }
    `;
    const query = gql`
      subscription {
        onNote(shelf: "signed") {
          id
        }
      }
    `;

    const received = await new Promise((resolve, reject) => {
      const again = setInterval(() => {
        const input = JSON.stringify({ shelf: 'signed', id: 'x', title: 'T' });
        client.mutate({ mutation, variables: { input }, fetchPolicy: 'no-cache' }).catch(reject);
      }, 100);
      const subscription = client.subscribe({ query }).subscribe({
        next: ({ data }) => {
          clearInterval(again);
          subscription.unsubscribe();
          resolve(data);
        },
        error: reject,
      });
    });

    expect(received).toMatchObject({ onNote: { id: 'x' } });
    client.stop();
  });
});

const HEAR = gql`
  subscription ($shelf: ID!) {
    onNote(shelf: $shelf) {
      id
    }
  }
`;

interface Heard {
  ids: string[];
  /** Why the subscription ended, once it did. */
  failure: string | undefined;
}

/** Puts notes until `isEnough`, and hears of them through one subscription. */
function hear(
  client: ApolloClient,
  shelf: string,
  isEnough: (ids: string[]) => boolean,
): Promise<Heard & { subscription: { unsubscribe(): void } }> {
  const ids: string[] = [];
  return new Promise((resolve, reject) => {
    const end = (failure?: string): void => {
      clearInterval(again);
      resolve({ ids, failure, subscription });
    };
    const again = setInterval(() => {
      const input = { shelf, id: randomUUID(), title: 'T' };
      client.mutate({ mutation: PUT, variables: { input } }).catch(reject);
    }, 100);
    const subscription = client.subscribe({ query: HEAR, variables: { shelf } }).subscribe({
      next: ({ data, error }) => {
        if (error) {
          end(reasonOf(error));
          return;
        }
        ids.push((data as { onNote: { id: string } }).onNote.id);
        if (isEnough(ids)) end();
      },
      error: (error: Error) => {
        end(reasonOf(error));
      },
    });
  });
}

/** The link fails with a bare object of errors, which Apollo Client keeps as the cause of its own error. */
function reasonOf({ message, cause }: Error): string {
  return (cause as { errors?: { message: string }[] } | undefined)?.errors?.[0]?.message ?? message;
}

describe('a connection that breaks', () => {
  it('ends the subscription with an error, and the same client subscribes anew', async () => {
    const earlier = notes.connections();
    const client = clientOf(modes['user pool']!);

    const cut = await hear(client, 'cut', () => {
      notes.dropSockets();
      return false;
    });
    const anew = await hear(client, 'cut', (ids) => ids.length > 0);

    expect(cut.ids.length).toBeGreaterThan(0);
    expect(cut.failure).toBe('Connection closed');
    expect(anew.failure).toBeUndefined();
    expect(cut.ids).not.toContain(anew.ids[0]);
    expect(notes.connections() - earlier).toBe(2);
    anew.subscription.unsubscribe();
    client.stop();
  });

  it("comes back by itself behind Apollo's retry link, with its subscription", async () => {
    const client = clientOf(modes['user pool']!, [new RetryLink({ delay: { initial: 50 } })]);
    const earlier = notes.connections();
    let heardBefore = 0;

    const { ids, failure, subscription } = await hear(client, 'retried', (heard) => {
      if (heardBefore === 0) {
        heardBefore = heard.length;
        notes.dropSockets();
      }
      return heard.length > heardBefore;
    });

    expect(failure).toBeUndefined();
    expect(ids.length).toBeGreaterThan(heardBefore);
    expect(notes.connections() - earlier).toBe(2);
    subscription.unsubscribe();
    client.stop();
  });
});
