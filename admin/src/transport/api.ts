import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { createAuthLink } from 'aws-appsync-auth-link';
import type { AuthOptions } from 'aws-appsync-auth-link';
import { createSubscriptionHandshakeLink } from 'aws-appsync-subscription-link';
import { parse } from 'graphql';
import { tap } from 'rxjs';
import type { DocumentNode } from 'graphql';
import type { IngestionProgress } from '../../../schema/generated/types.ts';
import type { Session } from '../auth/session.ts';
import { documents, kinds } from '../generated/documents.ts';
import type { Operations } from '../generated/documents.ts';
import { toApiError } from './api-error.ts';
import type { ConsoleConfig } from './config.ts';

type RequestName = Exclude<keyof Operations, 'onIngestionProgress'>;

export interface ProgressListener {
  onProgress(progress: IngestionProgress): void;
  /** Called when reports begin to arrive. */
  onConnected(): void;
  /** Called once when no more reports will arrive. */
  onDisconnected(): void;
}

/** The typed way to the GraphQL API. */
export interface Api {
  config: ConsoleConfig;
  request: <Name extends RequestName>(
    name: Name,
    variables: Operations[Name]['variables'],
  ) => Promise<Operations[Name]['result']>;
  /** Follows the ingestion of a database; returns how to stop. */
  followProgress: (databaseId: string, listener: ProgressListener) => () => void;
}

const parsed = new Map<keyof Operations, DocumentNode>();

function readDocument(name: keyof Operations): DocumentNode {
  const known = parsed.get(name) ?? parse(documents[name]);
  parsed.set(name, known);
  return known;
}

/** Apollo Client drops results without data, which the link's news that a subscription stands is; so it is told here. */
const reportConnection = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ extensions }) => {
      const { onConnected } = operation.getContext() as { onConnected?: () => void };
      if (extensions?.['controlMsgType'] === 'CONNECTED') onConnected?.();
    }),
  ),
);

/** Connects to the API; nothing is cached here, because react-query caches by screen. */
export function createApi(config: ConsoleConfig, session: Session): Api {
  const auth: AuthOptions = { type: 'AMAZON_COGNITO_USER_POOLS', jwtToken: () => session.getToken() };
  const options = { url: config.graphqlUrl, region: config.region, auth };
  const client = new ApolloClient({
    link: ApolloLink.from([
      reportConnection,
      createAuthLink(options),
      createSubscriptionHandshakeLink(options, new HttpLink({ uri: config.graphqlUrl })),
    ]),
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
  });
  return {
    config,
    request: (name, variables) => send(client, name, variables),
    followProgress: (databaseId, listener) => follow(client, databaseId, listener),
  };
}

async function send<Name extends RequestName>(
  client: ApolloClient,
  name: Name,
  variables: Operations[Name]['variables'],
): Promise<Operations[Name]['result']> {
  try {
    const document = readDocument(name);
    const answer =
      kinds[name] === 'mutation'
        ? await client.mutate({ mutation: document, variables })
        : await client.query({ query: document, variables, fetchPolicy: 'no-cache' });
    return (answer.data as Record<Name, Operations[Name]['result']>)[name];
  } catch (error) {
    throw toApiError(error);
  }
}

function follow(client: ApolloClient, databaseId: string, listener: ProgressListener): () => void {
  const subscription = client
    .subscribe({
      query: readDocument('onIngestionProgress'),
      variables: { databaseId },
      fetchPolicy: 'no-cache',
      // Asks the link to report that the subscription stands.
      context: {
        controlMessages: { '@@controlEvents': true },
        onConnected: () => {
          listener.onConnected();
        },
      },
    })
    .subscribe({
      next: ({ data, error }) => {
        if (error) {
          listener.onDisconnected();
          return;
        }
        const progress = (data as { onIngestionProgress?: IngestionProgress | null } | null | undefined)
          ?.onIngestionProgress;
        if (progress) listener.onProgress(progress);
      },
      error: () => {
        listener.onDisconnected();
      },
      complete: () => {
        listener.onDisconnected();
      },
    });
  return () => {
    subscription.unsubscribe();
  };
}
