import type { LambdaRequest } from '@aws-appsync/utils';
import type { MutationDeleteDatabaseArgs } from '../schema/generated/types.ts';
import { authorizeDatabase } from './shared/authorize.ts';
import type { FieldContext } from './shared/field-context.ts';
import { invokeFunction, readAnswer, type FunctionContext } from './shared/invoke-function.ts';

/** Deletes a database through the databases function. */
export function request(ctx: FieldContext<MutationDeleteDatabaseArgs>): LambdaRequest {
  const caller = authorizeDatabase(ctx, 'MANAGE', ctx.args.id, 'id');
  return invokeFunction(ctx, caller);
}

export function response(ctx: FunctionContext): unknown {
  return readAnswer(ctx);
}
