import type { LambdaRequest } from '@aws-appsync/utils';
import type { MutationRequestUploadArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Makes a file and a presigned upload through the files function. */
export function request(ctx: FieldContext<MutationRequestUploadArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'WRITE', ctx.args.input.databaseId, 'input.databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
