import { util, type Context } from '@aws-appsync/utils';
import type { ErrorKind } from '../../schema/generated/types.ts';

/** What an error says beside its sentence. */
export interface FailureInfo {
  field?: string;
  limit?: string | number;
  actual?: string | number;
  hint?: string;
  /** Whether the same request may succeed later; by default only UNAVAILABLE may. */
  retryable?: boolean;
}

/** Returns the id that names this request in logs and errors. */
export function requestIdOf(ctx: Context): string {
  if (!ctx.stash.requestId) {
    ctx.stash.requestId = ctx.request?.headers?.['x-amzn-requestid'] ?? util.autoId();
  }
  return ctx.stash.requestId;
}

/** Ends the field with an error of the contract's shape. */
export function fail(ctx: Context, kind: ErrorKind, message: string, info: FailureInfo): never {
  return util.error(message, kind, null, {
    field: info.field ?? null,
    limit: info.limit ?? null,
    actual: info.actual ?? null,
    hint: info.hint ?? null,
    retryable: info.retryable ?? kind === 'UNAVAILABLE',
    requestId: requestIdOf(ctx),
  });
}

/** Ends the field because a table or function did not answer; passing failures say that trying again is worth it. */
export function failDataSource(ctx: Context): never {
  const type = `${ctx.error?.type}`;
  const requestId = requestIdOf(ctx);
  console.error({ requestId, field: ctx.info.fieldName, type, message: ctx.error?.message });
  const mayPass = util.matches(
    '.*(Throttl|Throughput|TooMany|RequestLimit|InternalServer|ServiceUnavailable|Timeout|timed out).*',
    type,
  );
  if (mayPass) {
    fail(
      ctx,
      'UNAVAILABLE',
      'A part of the service is overloaded or did not answer in time; try again with growing pauses.',
      {},
    );
  }
  return fail(ctx, 'INTERNAL', 'A part of the service failed unexpectedly.', {
    hint: `Report this with the requestId ${requestId}.`,
  });
}

/** Ends the field for a database that does not exist, is being deleted, or is not the caller's to know of. */
export function failUnknownDatabase(ctx: Context, databaseId: string, field: string): never {
  return fail(ctx, 'NOT_FOUND', `There is no database "${databaseId.slice(0, 64)}".`, {
    field,
    actual: databaseId.slice(0, 64),
  });
}

/** Ends the field of an operation that the contract has and this version cannot carry out yet. */
export function failUndelivered(ctx: Context, what: string): never {
  return fail(ctx, 'UNAVAILABLE', `${what} not available in this version.`, { retryable: false });
}
