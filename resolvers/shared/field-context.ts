/** The environment variables that `infra/graphql-api.ts` gives to the resolvers. */
export interface ResolverEnvironment {
  DATABASES_TABLE: string;
  VECTOR_DATA_TABLE: string;
  API_KEYS_TABLE: string;
  VERSION: string;
  REGION: string;
  /** The unique part of the stack's id; `local` on one machine. */
  STACK_UUID: string;
}

/** What a handler is given: the context of AppSync, with the types that its own pipeline puts there. */
export interface FieldContext<Arguments = unknown, Stash = unknown, Result = unknown, Source = unknown> {
  readonly args: Arguments;
  readonly stash: Stash & { requestId?: string };
  readonly result: Result;
  readonly prev: { result: unknown };
  readonly source: Source;
  /** Its shape depends on how the caller authenticated. */
  readonly identity: unknown;
  readonly error?: { message: string; type: string } | null;
  readonly env: ResolverEnvironment;
  readonly request?: { headers?: Record<string, string | undefined> | null } | null;
  readonly info: {
    fieldName: string;
    selectionSetList?: string[] | null;
    selectionSetGraphQL?: string | null;
  };
}

/** What a query of a table answers. */
export interface QueryResult<Item> {
  items: Item[];
  /** Set when the query was cut by its limit or its size. */
  nextToken?: string | null;
}

/** What a batch read answers. */
export interface BatchResult<Item> {
  data?: Record<string, (Item | null)[] | undefined> | null;
  unprocessedKeys?: Record<string, unknown[] | undefined> | null;
}
