import type { LambdaRequest } from '@aws-appsync/utils';
import type { Caller } from '../shared/authorize.ts';
import { failDataSource } from '../shared/fail.ts';
import type { FieldContext } from '../shared/field-context.ts';
import { invokeFunction } from '../shared/invoke-function.ts';

type AskContext = FieldContext<unknown, { caller: Caller }>;

/**
 * Asks, without waiting, that the state of what is followed be reported once more: AppSync gives a new subscriber nothing by itself, and
 * what is returned here reaches nobody.
 */
export function request(ctx: AskContext): LambdaRequest {
  const { operation, payload } = invokeFunction(ctx, ctx.stash.caller);
  return { operation, payload, invocationType: 'Event' };
}

export function response(ctx: AskContext): unknown {
  if (ctx.error) failDataSource(ctx);
  return {};
}
