import type { AppSyncApiDefinition, AuthMode } from '../definition.ts';
import { limits } from '../limits.ts';
import type { AppSyncPorts } from '../ports.ts';
import type { AuthRequest } from './auth-request.ts';

type LambdaMode = Extract<AuthMode, { type: 'AWS_LAMBDA' }>;

/** What an authorizer decided. */
type Verdict =
  | { isAuthorized: true; resolverContext: Record<string, unknown>; deniedFields: ReadonlySet<string> }
  | { isAuthorized: false; reason: string };

interface Cached {
  verdict: Verdict;
  expiresMs: number;
}

function refused(reason: string): Verdict {
  return { isAuthorized: false, reason };
}

/** `Mutation.x` as it stands, or the end of a field's ARN. */
function deniedFieldName(field: unknown): string {
  const arn = /\/types\/([^/]+)\/fields\/([^/]+)$/.exec(String(field));
  return arn ? `${arn[1] ?? ''}.${arn[2] ?? ''}` : String(field);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function readVerdict(payload: unknown): Verdict {
  const answer = payload as {
    isAuthorized?: unknown;
    resolverContext?: unknown;
    deniedFields?: unknown;
  } | null;
  if (answer?.isAuthorized !== true) return refused('the authorizer did not answer isAuthorized: true');
  const { resolverContext = {}, deniedFields = [] } = answer;
  if (
    resolverContext === null ||
    typeof resolverContext !== 'object' ||
    !Object.values(resolverContext).every(isScalar)
  ) {
    return refused('the resolverContext of the authorizer is not a flat object of strings');
  }
  if (!Array.isArray(deniedFields)) return refused('the deniedFields of the authorizer are not a list');
  return {
    isAuthorized: true,
    resolverContext: resolverContext as Record<string, unknown>,
    deniedFields: new Set(deniedFields.map(deniedFieldName)),
  };
}

function ttlOf(payload: unknown, mode: LambdaMode): number {
  const override = (payload as { ttlOverride?: unknown } | null)?.ttlOverride;
  return typeof override === 'number' && override >= 0 ? override : mode.ttlSeconds;
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the authorizer took longer than ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks the authorizer function, and remembers its verdict by token. */
export class LambdaAuthorizer {
  readonly #definition: AppSyncApiDefinition;
  readonly #ports: AppSyncPorts;
  /** In the order of insertion: the oldest goes first when it is full. */
  readonly #cache = new Map<string, Cached>();

  constructor(definition: AppSyncApiDefinition, ports: AppSyncPorts) {
    this.#definition = definition;
    this.#ports = ports;
  }

  /** Returns the verdict on a token; a failing authorizer refuses. */
  async ask(mode: LambdaMode, token: string, request: AuthRequest): Promise<Verdict> {
    const { identityValidationExpression: expression } = mode;
    if (expression !== null && !new RegExp(expression).test(token))
      return refused('the token does not fit the expression');
    const cached = this.#cache.get(token);
    if (cached && cached.expiresMs > this.#ports.clock.nowMs()) return cached.verdict;
    this.#cache.delete(token);
    try {
      const { payload, functionError } = await this.#invoke(mode, token, request);
      if (functionError !== undefined) return refused(`the authorizer failed: ${JSON.stringify(payload)}`);
      const verdict = readVerdict(payload);
      this.#remember(token, verdict, ttlOf(payload, mode));
      return verdict;
    } catch (thrown) {
      return refused(`the authorizer could not be asked: ${(thrown as Error).message}`);
    }
  }

  #invoke(mode: LambdaMode, token: string, request: AuthRequest): ReturnType<AppSyncPorts['invokeLambda']> {
    const { apiId, accountId } = this.#definition;
    const { requestId, query, operationName, variables, headers } = request;
    const event = {
      authorizationToken: token,
      requestContext: { apiId, accountId, requestId, queryString: query, operationName, variables },
      requestHeaders: headers,
    };
    return within(this.#ports.invokeLambda(mode.authorizerArn, event, null), limits.authorizerMs);
  }

  #remember(token: string, verdict: Verdict, ttlSeconds: number): void {
    if (ttlSeconds <= 0) return;
    if (this.#cache.size >= limits.authorizerCacheEntries) {
      const [oldest] = this.#cache.keys();
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(token, { verdict, expiresMs: this.#ports.clock.nowMs() + ttlSeconds * 1000 });
  }
}
