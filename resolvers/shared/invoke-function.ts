import type { LambdaRequest } from '@aws-appsync/utils';
import type { ErrorKind } from '../../schema/generated/types.ts';
import type { Caller } from './authorize.ts';
import { fail, failDataSource, requestIdOf, type FailureInfo } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** What every function answers. */
export interface FunctionAnswer<Data> {
  data?: Data | null;
  error?: { kind: ErrorKind; message: string; info?: FailureInfo | null } | null;
}

/** The context of a field that a function answers. */
export type FunctionContext<Data = unknown, Source = unknown> = FieldContext<
  unknown,
  unknown,
  FunctionAnswer<Data> | null,
  Source
>;

/** Fields whose cost a function saves when nobody selected them. */
const costlyFields = ['values', 'highlights', 'stages'];

/** Returns the paths that the caller selected. An alias hides the field's name in the list, but not in the text. */
function selectionOf(ctx: FieldContext): string[] {
  const listed = ctx.info.selectionSetList ?? [];
  const text = ctx.info.selectionSetGraphQL ?? '';
  const mentioned = costlyFields.filter((field) => text.indexOf(field) >= 0).map((field) => `hits/${field}`);
  return listed.concat(mentioned.filter((path) => listed.indexOf(path) < 0));
}

/** Returns the request that hands this field to its Lambda function. */
export function invokeFunction(ctx: FieldContext, caller: Caller): LambdaRequest {
  const payload = {
    operation: ctx.info.fieldName,
    arguments: ctx.args,
    caller,
    selection: selectionOf(ctx),
    requestId: requestIdOf(ctx),
  };
  return { operation: 'Invoke', payload };
}

/** One entry of a batch: an operation on what the parent object names, in a database that its reader may know of. */
export interface BatchEntry {
  operation: string;
  databaseId: string;
  arguments: Record<string, string>;
}

/** Returns the request for one entry of a batch. */
export function invokeInBatch(ctx: FieldContext, entry: BatchEntry): LambdaRequest {
  const payload = {
    operation: entry.operation,
    arguments: entry.arguments,
    caller: { kind: 'BACKEND', id: 'resolver', databaseIds: [entry.databaseId] },
    selection: ctx.info.selectionSetList ?? [],
    requestId: requestIdOf(ctx),
  };
  return { operation: 'BatchInvoke', payload };
}

/** Returns what the function answered; ends the field when that is an error. */
export function readAnswer<Data>(ctx: FunctionContext<Data>): Data | null {
  if (ctx.error) failDataSource(ctx);
  const error = ctx.result?.error;
  if (error) fail(ctx, error.kind, error.message, error.info ?? {});
  return ctx.result?.data ?? null;
}
