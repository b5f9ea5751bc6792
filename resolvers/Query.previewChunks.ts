import type { LambdaRequest } from '@aws-appsync/utils';
import type { QueryPreviewChunksArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Answers the chunks of a sample through the preview function. */
export function request(ctx: FieldContext<QueryPreviewChunksArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'READ', ctx.args.input.databaseId, 'input.databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
