import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { invokeInBatch, readAnswer } from './shared/invoke-function.ts';

/** Reads the values of a vector from its segment, all of one answer in one batch. */
export function request(ctx: Context): LambdaRequest {
  const { databaseId, id } = ctx.source!;
  return invokeInBatch(ctx, 'readValues', { databaseId, id });
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
