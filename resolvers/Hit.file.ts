import { runtime, type Context, type LambdaRequest } from '@aws-appsync/utils';
import { invokeInBatch, readAnswer } from './shared/invoke-function.ts';

/** Reads the file of a Hit, all of one answer in one batch; null without a file. */
export function request(ctx: Context): LambdaRequest {
  const { databaseId, fileId } = ctx.source!;
  if (!fileId) runtime.earlyReturn(null);
  return invokeInBatch(ctx, 'file', { databaseId, fileId });
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
