import type { LambdaRequest } from '@aws-appsync/utils';
import type { MutationUpdateVectorsArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Changes vectors through the vectors function. */
export function request(ctx: FieldContext<MutationUpdateVectorsArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'WRITE', ctx.args.databaseId, 'databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
