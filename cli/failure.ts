/** 1: the work could not be done, or not all of it; 2: the command line or the configuration is wrong. */
export type FailureExitCode = 1 | 2;

/** What ends a command and is the user's to know: its message says all, without a stack. */
export class CommandFailure extends Error {
  readonly exitCode: FailureExitCode;
  /** The kind of the API's error, or null when the API did not say it. */
  readonly kind: string | null;
  readonly hint: string | null;

  constructor(
    message: string,
    {
      exitCode = 1,
      kind = null,
      hint = null,
      cause,
    }: { exitCode?: FailureExitCode; kind?: string | null; hint?: string | null; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.kind = kind;
    this.hint = hint;
  }
}

/** Makes the failure of a command line that is wrong. */
export function usageFailure(message: string, hint: string | null = null): CommandFailure {
  return new CommandFailure(message, { exitCode: 2, hint });
}

/** Returns the message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
