import type { LambdaRequest } from '@aws-appsync/utils';
import type { MutationDeleteVectorsArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Deletes vectors through the vectors function. */
export function request(ctx: FieldContext<MutationDeleteVectorsArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'WRITE', ctx.args.databaseId, 'databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
