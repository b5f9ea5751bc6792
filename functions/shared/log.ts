interface LogFields {
  requestId?: string;
  operation?: string;
  [name: string]: unknown;
}

function write(level: 'INFO' | 'WARN' | 'ERROR', message: string, fields: LogFields): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), message, ...fields })}\n`);
}

/** Returns what a log line says of an error: its name, message, stack and causes. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: 'NonError', message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}

/** Writes structured log lines: one JSON object a line, never with secrets, texts or vectors in it. */
export const log = {
  info(message: string, fields: LogFields = {}): void {
    write('INFO', message, fields);
  },
  warn(message: string, fields: LogFields = {}): void {
    write('WARN', message, fields);
  },
  error(message: string, error: unknown, fields: LogFields = {}): void {
    write('ERROR', message, { ...fields, error: describeError(error) });
  },
};
