/** The API that both runtimes serve: resolvers in JavaScript for the one, the same as templates for the other. */
export const TWIN_SCHEMA = `
type Note { id: ID! title: String! size: Int! }
type Query { echoNote(id: ID!): Note! readNote(id: ID!): Note computeNote(id: ID!): Note! }
type Mutation { putNote(id: ID!, title: String!): Note! tellNote(id: ID!): Note! }
type Subscription { onToldNote: Note @aws_subscribe(mutations: ["tellNote"]) }
schema { query: Query mutation: Mutation subscription: Subscription }
`;

/** The other emulator of AppSync; it brings a CDK of its own, so it is installed beside the project. */
export const PEER = '@aws-amplify/amplify-appsync-simulator';

/** What every note has besides its id. */
export const NOTE = { title: 'a note', size: 7 };

/** Where a twin listens; its process says so once it is ready. */
export interface TwinAddress {
  graphqlUrl: string;
  realtimeUrl: string;
  apiKey: string;
}
