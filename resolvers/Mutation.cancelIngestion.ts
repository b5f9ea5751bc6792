import type { LambdaRequest } from '@aws-appsync/utils';
import type { MutationCancelIngestionArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Stops the processing of a file through the files function. */
export function request(ctx: FieldContext<MutationCancelIngestionArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'WRITE', ctx.args.databaseId, 'databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
