import type { DynamoDBGetItemRequest } from '@aws-appsync/utils';
import type { IngestionProgress } from '../schema/generated/types.ts';
import { authorize } from './shared/authorize.ts';
import { fail, failDataSource } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';
import type { FileItem } from './shared/items.ts';
import { fileKey, getItem } from './shared/table-requests.ts';

/** AppSync has parsed the AWSJSON: it may be any JSON value by now. */
type PublishContext = FieldContext<{ input: unknown }, unknown, FileItem | null>;

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

/**
 * Passes a report on to the subscribers, unless a newer one of its file is stored: what they hear never goes back. Only the backend calls
 * this, and its reports are checked all the same.
 */
export function request(ctx: PublishContext): DynamoDBGetItemRequest {
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
  const { databaseId, fileId } = ctx.args.input as IngestionProgress;
  return getItem(fileKey(databaseId, fileId));
}

export function response(ctx: PublishContext): IngestionProgress {
  if (ctx.error) failDataSource(ctx);
  const report = ctx.args.input as IngestionProgress;
  const newest = ctx.result?.progress.updatedAt ?? '';
  if (newest > report.updatedAt) {
    const message = `The report is of ${report.updatedAt}; a newer one, of ${newest}, is stored.`;
    fail(ctx, 'CONFLICT', message, { field: 'input.updatedAt', limit: newest, actual: report.updatedAt });
  }
  return {
    ...report,
    chunksTotal: report.chunksTotal ?? null,
    message: report.message ?? null,
    version: report.version ?? null,
  };
}
