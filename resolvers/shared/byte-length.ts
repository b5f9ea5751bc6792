import { util } from '@aws-appsync/utils';

/** DynamoDB takes sort keys of at most this many bytes, also in conditions. */
export const MAX_SORT_KEY_BYTES = 1_024;

/** Returns the length of a text in UTF-8: in its URL encoding, every byte that is not a character of its own is `%XX`. */
export function byteLength(text: string): number {
  const encoded = util.urlEncode(text);
  return encoded.length - 2 * (encoded.split('%').length - 1);
}
