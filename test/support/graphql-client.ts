import type { Endpoints } from './local-runtime.ts';

export interface GraphqlError {
  message: string;
  errorType?: string;
  errorInfo?: {
    field?: string;
    limit?: unknown;
    actual?: unknown;
    hint?: string;
    retryable?: boolean;
    requestId?: string;
  } | null;
  path?: (string | number)[] | null;
}

export class GraphqlFailure extends Error {
  readonly errors: GraphqlError[];

  constructor(errors: GraphqlError[]) {
    super(errors.map((error) => `${error.errorType ?? 'error'}: ${error.message}`).join('; '));
    this.errors = errors;
  }
}

/** Sends one document over HTTP and returns its data; any error in the answer fails. */
export async function request<Data>(
  endpoints: Pick<Endpoints, 'graphqlUrl'>,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const response = await fetch(endpoints.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: token },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as { data?: Data; errors?: GraphqlError[] };
  if (body.errors && body.errors.length > 0) throw new GraphqlFailure(body.errors);
  return body.data as Data;
}

/** Returns the errors of a request that is expected to fail. */
export async function requestErrors(
  endpoints: Pick<Endpoints, 'graphqlUrl'>,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<GraphqlError[]> {
  try {
    await request(endpoints, token, query, variables);
  } catch (error) {
    if (error instanceof GraphqlFailure) return error.errors;
    throw error;
  }
  throw new Error('the request was expected to fail and did not');
}
