import type { Context, LambdaRequest } from '@aws-appsync/utils';
import type { Caller } from './authorize.ts';
import { fail, failDataSource, requestIdOf } from './fail.ts';

/** Fields whose cost a function saves when nobody selected them. */
const costlyFields = ['values', 'highlights', 'stages'];

/** Returns the paths that the caller selected. An alias hides the field's name in the list, but not in the text. */
function selectionOf(ctx: Context): string[] {
  const listed = ctx.info.selectionSetList ?? [];
  const text = `${ctx.info.selectionSetGraphQL}`;
  const mentioned = costlyFields.filter((field) => text.indexOf(field) >= 0).map((field) => `hits/${field}`);
  return listed.concat(mentioned.filter((path) => listed.indexOf(path) < 0));
}

/** Returns the request that hands this field to its Lambda function. */
export function invokeFunction(ctx: Context, caller: Caller): LambdaRequest {
  const payload = {
    operation: ctx.info.fieldName,
    arguments: ctx.args,
    caller,
    selection: selectionOf(ctx),
    requestId: requestIdOf(ctx),
  };
  return { operation: 'Invoke', payload };
}

/** Returns the request for one entry of a batch: an operation on what the parent object names. */
export function invokeInBatch(
  ctx: Context,
  operation: string,
  given: Record<string, unknown>,
): LambdaRequest {
  const caller = { kind: 'BACKEND', id: 'resolver', databaseIds: [ctx.source?.databaseId] };
  const payload = {
    operation,
    arguments: given,
    caller,
    selection: ctx.info.selectionSetList ?? [],
    requestId: requestIdOf(ctx),
  };
  return { operation: 'BatchInvoke', payload };
}

/** Returns what the function answered; ends the field when that is an error. */
export function readAnswer(ctx: Context): any {
  if (ctx.error) failDataSource(ctx);
  const error = ctx.result?.error;
  if (error) fail(ctx, error.kind, error.message, error.info ?? {});
  return ctx.result?.data ?? null;
}
