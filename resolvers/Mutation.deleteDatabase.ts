import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { authorizeDatabase } from './shared/authorize.ts';
import { invokeFunction, readAnswer } from './shared/invoke-function.ts';

/** Deletes a database through the databases function. */
export function request(ctx: Context): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'MANAGE', ctx.args.id, 'id');
  return invokeFunction(ctx, caller);
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
