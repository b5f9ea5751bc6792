import { util } from '@aws-appsync/utils';
import { decodePageToken, isTokenId, refusePageToken, type PagedContext } from './page-token.ts';

/** Where a page of vectors ended. */
export interface VectorPosition {
  phase: 'own' | 'file';
  /** The id of the last vector of its own that was decided on, or of the file. */
  name: string;
  /** The sort key that was read last; within a file the 8 digits of the last chunk, '' before the first, END after the last. */
  after: string;
}

/** Stands for the end of a file in a position. */
export const END = 'END';

/** Returns the position that the caller's token names, or null for the first page; what no page can have answered is refused. */
export function decodeVectorPosition(ctx: PagedContext, isOneFile: boolean): VectorPosition | null {
  const parts = decodePageToken(ctx, 3);
  if (parts === null) return null;
  const name = parts[1]!;
  const after = parts[2]!;
  if (parts[0] === 'own' && !isOneFile && after > ' ') return { phase: 'own', name, after };
  const isInFile = parts[0] === 'file' && isTokenId(name) && util.matches('^([0-9]{8}|END|)$', after);
  return isInFile ? { phase: 'file', name, after } : refusePageToken(ctx);
}
