import type { NONERequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { failUndelivered } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';

/** Refuses, because usage reports are not available in this version. */
export function request(ctx: FieldContext): NONERequest {
  authorize(ctx, 'READ');
  return failUndelivered(ctx, 'Usage reports are');
}

export function response(): null {
  return null;
}
