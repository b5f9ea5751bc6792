import type { AuthMode } from './definition.ts';

export type DynamoDbOperation =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'Scan'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'TransactGetItems'
  | 'TransactWriteItems';

/** Calls DynamoDB in the shapes of its JSON protocol; a refusal rejects with a `DynamoDbFailure`. */
export type DynamoDbCall = (
  operation: DynamoDbOperation,
  input: Record<string, unknown>,
) => Promise<Record<string, unknown>>;

/** What DynamoDB answers when it refuses, e.g. name `ConditionalCheckFailedException`. */
export interface DynamoDbFailure {
  /** With or without the `com.amazonaws.…#` prefix. */
  name: string;
  message: string;
  /** The current item, when the request asked for it by `ReturnValuesOnConditionCheckFailure`. */
  Item?: Record<string, unknown>;
  CancellationReasons?: { Code?: string; Message?: string; Item?: Record<string, unknown> }[];
}

export interface LambdaOutcome {
  payload: unknown;
  /** Set when the function threw, timed out or crashed; the payload is then `{ errorMessage, errorType }`. */
  functionError?: string;
}

export type Claims = Record<string, unknown>;

/** Everything a SigV4 signature covers. `url` is the path and query as they came. */
export interface SignedRequest {
  method: string;
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Who signed a request. */
export interface IamPrincipal {
  accessKeyId: string;
  accountId: string;
  /** `AROA…:session` of a role, `AIDA…` of a user. */
  userId: string;
  /** `arn:aws:sts::…:assumed-role/<role>/<session>` or a user's. */
  userArn: string;
  roleArn: string | null;
}

/** One line of the service's log. */
export interface LogEntry {
  level: 'INFO' | 'ERROR';
  requestId: string;
  event: string;
  detail: Record<string, unknown>;
}

/** Everything outside of the service. */
export interface AppSyncPorts {
  /** `roleArn` is the data source's role, or null for a Lambda authorizer (allowed by its resource policy). Rejects when the invoke itself is refused. */
  invokeLambda: (functionArn: string, payload: unknown, roleArn: string | null) => Promise<LambdaOutcome>;
  /** Returns the caller that acts as this role. */
  dynamodb: (roleArn: string) => DynamoDbCall;
  /** Verifies signature, issuer and times of a token of that pool or provider; rejects with the reason otherwise. */
  verifyJwt: (
    mode: Extract<AuthMode, { type: 'AMAZON_COGNITO_USER_POOLS' | 'OPENID_CONNECT' }>,
    token: string,
  ) => Promise<Claims>;
  /** Returns the issuer (`iss`) of the tokens that a user pool signs. */
  issuerOf: (mode: Extract<AuthMode, { type: 'AMAZON_COGNITO_USER_POOLS' }>) => string;
  /** Verifies a signature for the service name `appsync`; rejects with the reason otherwise. */
  verifySigV4: (request: SignedRequest) => Promise<IamPrincipal>;
  isAllowed: (principal: IamPrincipal, action: string, resourceArn: string) => boolean;
  log: (entry: LogEntry) => void;
  clock: { nowMs: () => number };
}
