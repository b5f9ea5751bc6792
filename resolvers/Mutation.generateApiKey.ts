import type { Context, LambdaRequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { invokeFunction, readAnswer } from './shared/invoke-function.ts';

/** Makes a key through the keys function, which alone can read the pepper. */
export function request(ctx: Context): LambdaRequest {
  return invokeFunction(ctx, authorize(ctx, 'KEYS'));
}

export function response(ctx: Context): unknown {
  return readAnswer(ctx);
}
