import { util } from '@aws-appsync/utils';
import { byteLength, MAX_SORT_KEY_BYTES } from './byte-length.ts';
import { fail } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** Ids hold no control characters and JSON escapes them, so that a line break separates the parts of a token. */
const SEPARATOR = '\n';

/** The context of a list. */
export type PagedContext = FieldContext<{ nextToken?: string | null }>;

/** Returns what a token is bound to: the field, and its arguments without the two that page. */
function bindingOf(ctx: PagedContext): string {
  const args = ctx.args as Record<string, unknown>;
  const names = Object.keys(args).filter((name) => name !== 'limit' && name !== 'nextToken');
  const given = names.filter((name) => args[name] !== null && args[name] !== undefined).sort();
  return JSON.stringify([ctx.info.fieldName, given.map((name) => [name, args[name]])]);
}

/** Returns the token for the page that begins after the position that the parts name. */
export function encodePageToken(ctx: PagedContext, parts: string[]): string {
  return util.base64Encode([bindingOf(ctx), ...parts].join(SEPARATOR));
}

/** Ends the field because of a token that is broken, or that another list or other arguments answered. */
export function refusePageToken(ctx: PagedContext): never {
  return fail(
    ctx,
    'VALIDATION',
    'nextToken is not a token that this list answered for the same other arguments.',
    {
      field: 'nextToken',
      limit: 'the nextToken of the page before, unchanged',
      actual: (ctx.args.nextToken ?? '').slice(0, 64),
      hint: 'Leave nextToken out to begin with the first page.',
    },
  );
}

/** Returns the parts of the token that the caller sent, or null for the first page. */
export function decodePageToken(ctx: PagedContext, partCount: number): string[] | null {
  const token = ctx.args.nextToken;
  if (token === null || token === undefined) return null;
  if (token.length % 4 !== 0 || !util.matches('^[A-Za-z0-9+/]+={0,2}$', token)) refusePageToken(ctx);
  const parts = util.base64Decode(token).split(SEPARATOR);
  const isWhole = parts.length === partCount + 1 && parts[0] === bindingOf(ctx);
  if (!isWhole || parts.some((part, index) => index > 0 && byteLength(part) > MAX_SORT_KEY_BYTES))
    refusePageToken(ctx);
  return parts.slice(1);
}

/** Returns whether an id of this service may stand in a token: what else a forged one holds could leave the range of a query. */
export function isTokenId(id: string): boolean {
  return util.matches('^[0-9A-Za-z._-]{1,128}$', id);
}

/** Returns the id that the page before ended with, or null for the first page. */
export function decodeLastId(ctx: PagedContext): string | null {
  const parts = decodePageToken(ctx, 1);
  if (parts === null) return null;
  if (!isTokenId(parts[0]!)) refusePageToken(ctx);
  return parts[0]!;
}
