import type { NONERequest } from '@aws-appsync/utils';
import type { IngestionProgress } from '../schema/generated/types.ts';
import { authorize } from './shared/authorize.ts';
import { fail } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';

/** AppSync has parsed the AWSJSON: it may be any JSON value by now. */
type PublishContext = FieldContext<{ input: unknown }, unknown, IngestionProgress>;

/** The fields that a report must have, with the kind of their values. */
const required: Record<string, string> = {
  databaseId: 'string',
  fileId: 'string',
  status: 'string',
  percent: 'number',
  chunksDone: 'number',
  bytesDone: 'number',
  bytesTotal: 'number',
  updatedAt: 'string',
};

/** Passes a report on to the subscribers. Only the backend calls this, and its reports are checked all the same. */
export function request(ctx: PublishContext): NONERequest {
  authorize(ctx, 'BACKEND');
  const report = ctx.args.input as Record<string, unknown> | null;
  for (const name of Object.keys(required)) {
    const kind = typeof report?.[name];
    const limit = required[name];
    if (kind !== limit) {
      const field = `input.${name}`;
      const message = `${field} is of the kind ${kind}; it must be a ${limit}.`;
      fail(ctx, 'VALIDATION', message, { field, limit, actual: kind });
    }
  }
  return { payload: report };
}

export function response(ctx: PublishContext): IngestionProgress {
  const report = ctx.result;
  return {
    ...report,
    chunksTotal: report.chunksTotal ?? null,
    message: report.message ?? null,
    version: report.version ?? null,
  };
}
