/** The small API that both sides of bench/graphql-peer.ts serve. */
export const API_KEY = 'da2-bench';
export const TABLE = 'bench-notes';

export const SDL = `
  type Note { id: ID! title: String }
  type Query {
    echo(id: ID!, title: String): Note
    getNote(id: ID!): Note
    invoke(id: ID!): Note
  }
  type Mutation { announce(id: ID!, title: String): Note }
  type Subscription { onNote: Note @aws_subscribe(mutations: ["announce"]) }
  schema { query: Query mutation: Mutation subscription: Subscription }
`;

/** What the function behind `invoke` does, in the server's own process on both sides. */
export const answerInvoke = ({ id }: { id: string }): { id: string; title: string } => ({
  id,
  title: 'invoked',
});

/** Tells the parent where the API is, and ends with it. */
export function announceUrl(url: string): void {
  process.send?.({ url });
  process.once('disconnect', () => process.exit(0));
}
