import type { LambdaRequest } from '@aws-appsync/utils';
import type { FieldContext } from './shared/field-context.ts';
import { invokeInBatch, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

type Source = { databaseId: string; id: string };

/** Reads the values of a vector from its segment, all of one answer in one batch. */
export function request(ctx: FieldContext<unknown, unknown, unknown, Source>): LambdaRequest {
  const { databaseId, id } = ctx.source;
  return invokeInBatch(ctx, { operation: 'readValues', databaseId, arguments: { databaseId, id } });
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
