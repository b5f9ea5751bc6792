/** The service's own limits, in one place. Sizes in bytes unless the name says otherwise. */
export const limits = {
  codeCharacters: 32_768,
  requestMs: 30_000,
  bodyBytes: 1024 * 1024,
  evaluatedBytes: 5 * 1024 * 1024,
  /** Time for one evaluation of a request or response handler. */
  handlerMs: 2_000,
  /** Characters and list entries that the built-ins of one evaluation go through; not the service's: it bounds what no clock can stop. */
  handlerWork: 50_000_000,
  /** Characters, entries and members of one value on its way to JSON: more than any answer may have. */
  handlerJson: 8_000_000,
  schemaBytes: 1024 * 1024,
  pipelineFunctions: 10,
  lambdaBatchSize: 2_000,
  /** What a BatchInvoke groups when no size is configured. */
  lambdaDefaultBatchSize: 5,
  resolversPerRequest: 10_000,
  queryDepth: 75,
  /** Bounds the parser, and validation, whose time grows with the square of the fields. */
  queryTokens: 15_000,
  /** Bounds fragments that multiply each other. */
  selectionEntries: 10_000,
  /** Of all headers that resolvers add, names and values. */
  responseHeaderBytes: 4096,
  authorizerMs: 10_000,
  authorizerCacheEntries: 10_000,
  subscriptionsPerConnection: 100,
  subscriptionPayloadBytes: 240 * 1024,
  subscriptionFilterInValues: 5,
  subscriptionFilterContainsAnyValues: 20,
  subscriptionFilterPathDepth: 5,
  subscriptionFilterPathCharacters: 256,
  subscriptionFilterGroups: 10,
  invalidationsPerRequest: 5,
  connectionTimeoutMs: 300_000,
  keepAliveMs: 60_000,
  /** A connection ends then, however lively it is. */
  connectionMs: 24 * 3_600_000,
  /** A subscriber that lets this much pile up unread is disconnected. */
  subscriberBacklogBytes: 4 * 1024 * 1024,
  dynamodbBatchGetKeys: 100,
  dynamodbBatchWriteItems: 25,
  dynamodbTransactItems: 100,
} as const;
