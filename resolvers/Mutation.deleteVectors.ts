import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { authorizeDatabase } from './shared/authorize.ts';
import { invokeFunction, readAnswer } from './shared/invoke-function.ts';

/** Deletes vectors through the vectors function. */
export function request(ctx: Context): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'WRITE', ctx.args.databaseId, 'databaseId');
  return invokeFunction(ctx, caller);
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
