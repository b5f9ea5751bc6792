import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { type AuthOptions, createAuthLink } from 'aws-appsync-auth-link';
import { createSubscriptionHandshakeLink } from 'aws-appsync-subscription-link';
import type { Endpoints } from './local-runtime.ts';

/** The clients that users have, unmodified: Apollo Client with the two AppSync links. */
export function createApolloClient(endpoints: Endpoints, auth: AuthOptions): ApolloClient {
  const options = { url: endpoints.graphqlUrl, region: endpoints.region, auth };
  return new ApolloClient({
    link: ApolloLink.from([
      createAuthLink(options),
      createSubscriptionHandshakeLink(options, new HttpLink({ uri: endpoints.graphqlUrl })),
    ]),
    cache: new InMemoryCache(),
    defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
  });
}
