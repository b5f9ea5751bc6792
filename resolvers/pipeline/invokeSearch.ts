import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { invokeFunction, readAnswer } from '../shared/invoke-function.ts';

/** Ranks through the search function. */
export function request(ctx: Context): LambdaRequest {
  return invokeFunction(ctx, ctx.stash.caller);
}

export function response(ctx: Context): unknown {
  ctx.stash.answer = readAnswer(ctx);
  return {};
}
