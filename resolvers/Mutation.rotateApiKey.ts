import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { invokeFunction, readAnswer } from './shared/invoke-function.ts';

/** Gives a key a new secret through the keys function. */
export function request(ctx: Context): LambdaRequest {
  return invokeFunction(ctx, authorize(ctx, 'KEYS'));
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
