import { runtime, type LambdaRequest } from '@aws-appsync/utils';
import type { FieldContext } from './shared/field-context.ts';
import { invokeInBatch, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

type Source = { databaseId: string; fileId?: string | null };

/** Reads the file of a Hit, all of one answer in one batch; null without a file. */
export function request(ctx: FieldContext<unknown, unknown, unknown, Source>): LambdaRequest {
  const { databaseId, fileId } = ctx.source;
  if (!fileId) return runtime.earlyReturn(null);
  return invokeInBatch(ctx, { operation: 'file', databaseId, arguments: { databaseId, fileId } });
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
