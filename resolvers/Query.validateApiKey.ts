import type { LambdaRequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Checks a secret through the keys function. */
export function request(ctx: FieldContext): LambdaRequest {
  return invokeFunction(ctx, authorize(ctx, 'KEYS'));
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
