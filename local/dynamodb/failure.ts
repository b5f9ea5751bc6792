/** What DynamoDB answers when it refuses: `name` is the error's code. */
export class DynamoDbError extends Error {
  override readonly name: string;
  readonly statusCode: number;
  /** Further members of the answer, such as the current item. */
  readonly details: Record<string, unknown>;

  constructor(
    name: string,
    message: string,
    { statusCode = 400, details = {} }: { statusCode?: number; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.details = details;
    Object.assign(this, details);
  }
}

interface DynaliteFailure {
  statusCode?: number;
  body?: { __type?: string; message?: string; Message?: string } & Record<string, unknown>;
}

/** Turns dynalite's failures into DynamoDB's; anything else stays what it is. */
export function toDynamoDbError(error: unknown): Error {
  const { statusCode, body } = error as DynaliteFailure;
  if (statusCode === undefined || !body) return error instanceof Error ? error : new Error(String(error));
  const { __type = 'InternalServerError', message, Message, ...details } = body;
  return new DynamoDbError(__type.slice(__type.indexOf('#') + 1), message ?? Message ?? '', {
    statusCode,
    details,
  });
}
