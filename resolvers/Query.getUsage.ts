import type { Context, NONERequest } from '@aws-appsync/utils';
import { authorize } from './shared/authorize.ts';
import { failUndelivered } from './shared/fail.ts';

/** Refuses: Usage reports are not available in this version. */
export function request(ctx: Context): NONERequest {
  authorize(ctx, 'READ');
  return failUndelivered(ctx, 'Usage reports are');
}

export function response(): unknown {
  return null;
}
