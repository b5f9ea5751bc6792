import type { LambdaRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { invokeFunction, readAnswer, type FunctionAnswer } from '../shared/invoke-function.ts';
import type { SearchAnswer, SearchContext } from '../shared/join-hits.ts';

/** Ranks through the search function. */
export function request(ctx: SearchContext): LambdaRequest {
  return invokeFunction(ctx, ctx.stash.caller);
}

export function response(ctx: SearchContext<FunctionAnswer<SearchAnswer> | null>): unknown {
  ctx.stash.answer = readAnswer(ctx) ?? failDataSource(ctx);
  return {};
}
