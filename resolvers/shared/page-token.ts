import { util, type Context } from '@aws-appsync/utils';
import { fail } from './fail.ts';

/** Ids hold no control characters and JSON escapes them, so that a line break separates the parts of a token. */
const SEPARATOR = '\n';
/** A sort key has at most 1,024 bytes; no position needs more. */
const MAX_PART_LENGTH = 1_024;

/** Returns what a token is bound to: the field, and its arguments without the two that page. */
function bindingOf(ctx: Context): string {
  const names = Object.keys(ctx.args).filter((name) => name !== 'limit' && name !== 'nextToken');
  const given = names.filter((name) => ctx.args[name] !== null && ctx.args[name] !== undefined).sort();
  return JSON.stringify([ctx.info.fieldName, given.map((name) => [name, ctx.args[name]])]);
}

/** Returns the token for the page that begins after the position that the parts name. */
export function encodePageToken(ctx: Context, parts: string[]): string {
  return util.base64Encode([bindingOf(ctx), ...parts].join(SEPARATOR));
}

/** Ends the field because of a token that is broken, or that another list or other arguments answered. */
export function refusePageToken(ctx: Context): never {
  return fail(ctx, 'VALIDATION', 'nextToken is not a token that this list answered for the same other arguments.', {
    field: 'nextToken',
    limit: 'the nextToken of the page before, unchanged',
    actual: `${ctx.args.nextToken}`.slice(0, 64),
    hint: 'Leave nextToken out to begin with the first page.',
  });
}

/** Returns the parts of the token that the caller sent, or null for the first page. */
export function decodePageToken(ctx: Context, partCount: number): string[] | null {
  const token = ctx.args.nextToken;
  if (token === null || token === undefined) return null;
  if (token.length % 4 !== 0 || !util.matches('^[A-Za-z0-9+/]+={0,2}$', token)) refusePageToken(ctx);
  const parts = util.base64Decode(token).split(SEPARATOR);
  const isWhole = parts.length === partCount + 1 && parts[0] === bindingOf(ctx);
  if (!isWhole || parts.some((part, index) => index > 0 && part.length > MAX_PART_LENGTH)) refusePageToken(ctx);
  return parts.slice(1);
}

/** Returns the sort key that the caller's token ends with, or null for the first page. */
export function decodeSortKey(ctx: Context, prefix: string): string | null {
  const parts = decodePageToken(ctx, 1);
  if (parts === null) return null;
  if (!parts[0]!.startsWith(prefix)) refusePageToken(ctx);
  return parts[0]!;
}
