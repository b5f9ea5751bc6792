import { util } from '@aws-appsync/utils';
import type { ErrorKind } from '../../schema/generated/types.ts';
import type { FieldContext } from './field-context.ts';

/** What an error says beside its sentence. */
export interface FailureInfo {
  field?: string | null;
  limit?: string | number | null;
  actual?: string | number | null;
  hint?: string | null;
  /** The place within a file; the shape has it only when there is one. */
  location?: string | null;
  /** Whether the same request may succeed later; by default only UNAVAILABLE may. */
  retryable?: boolean | null;
}

/** What the type or the message of a failure holds that may pass by itself; a function's timeout has no type of its own. */
const passing = [
  ...['Throttl', 'Throughput', 'TooMany', 'RequestLimit', 'Rate Exceeded', 'InternalServer'],
  ...['ServiceUnavailable', 'ServiceException', 'Timeout', 'timed out'],
];

/** Returns the id that names this request in logs and errors. */
export function requestIdOf(ctx: FieldContext): string {
  const requestId = ctx.stash.requestId ?? ctx.request?.headers?.['x-amzn-requestid'] ?? util.autoId();
  ctx.stash.requestId = requestId;
  return requestId;
}

/** Ends the field with an error of the contract's shape. */
export function fail(ctx: FieldContext, kind: ErrorKind, message: string, info: FailureInfo): never {
  return util.error(message, kind, null, {
    field: info.field ?? null,
    limit: info.limit ?? null,
    actual: info.actual ?? null,
    hint: info.hint ?? null,
    retryable: info.retryable ?? kind === 'UNAVAILABLE',
    requestId: requestIdOf(ctx),
    ...(info.location ? { location: info.location } : {}),
  });
}

/** Ends the field because a table or function did not answer; passing failures say that trying again is worth it. */
export function failDataSource(ctx: FieldContext): never {
  const type = ctx.error?.type ?? 'unknown';
  const requestId = requestIdOf(ctx);
  const cause = `${type}: ${ctx.error?.message ?? 'no message'}`;
  console.error({ requestId, field: ctx.info.fieldName, cause });
  if (passing.some((part) => cause.indexOf(part) >= 0)) {
    const message = 'A part of the service is overloaded or did not answer in time.';
    fail(ctx, 'UNAVAILABLE', message, { hint: 'Try again with growing pauses.' });
  }
  const hint = `Report this with the requestId ${requestId}.`;
  return fail(ctx, 'INTERNAL', 'A part of the service failed unexpectedly.', { hint });
}

/** Returns whether a conditional write found its condition not to hold. */
export function isConditionFailure(ctx: FieldContext): boolean {
  return ctx.error?.type === 'DynamoDB:ConditionalCheckFailedException';
}

/** Ends the field for a database that does not exist, is being deleted, or is not the caller's to know of. */
export function failUnknownDatabase(ctx: FieldContext, databaseId: string, field: string): never {
  const actual = databaseId.slice(0, 64);
  return fail(ctx, 'NOT_FOUND', `There is no database "${actual}".`, { field, actual });
}

/** Ends the field of an operation that the contract has and this version cannot carry out yet. */
export function failUndelivered(ctx: FieldContext, what: string): never {
  return fail(ctx, 'UNAVAILABLE', `${what} not available in this version.`, { retryable: false });
}
