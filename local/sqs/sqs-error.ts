/** A refusal in SQS's terms. */
export class SqsError extends Error {
  override readonly name: string;
  /** The code of the older query protocol, which clients show. */
  readonly queryCode: string;

  constructor(name: string, message: string, queryCode: string = name) {
    super(message);
    this.name = name;
    this.queryCode = queryCode;
  }
}

/** Refuses a member of a request. */
export function invalidParameter(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}
