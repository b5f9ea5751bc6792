import type { Context, NONERequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { fail } from './shared/fail.ts';

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
export function request(ctx: Context): NONERequest {
  authorize(ctx, 'BACKEND');
  // AppSync has parsed the AWSJSON: anything but an object lacks every field.
  const report = ctx.args.input;
  for (const name of Object.keys(required)) {
    const kind = typeof report?.[name];
    if (kind !== required[name]) {
      const field = `input.${name}`;
      fail(ctx, 'VALIDATION', `${field} is of the kind ${kind}; it must be a ${required[name]}.`, {
        field,
        limit: required[name]!,
        actual: kind,
      });
    }
  }
  return { payload: report };
}

export function response(ctx: Context): unknown {
  const report = ctx.result;
  return {
    ...report,
    chunksTotal: report.chunksTotal ?? null,
    message: report.message ?? null,
    version: report.version ?? null,
  };
}
