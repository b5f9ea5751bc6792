import type { PreviewChunksInput } from '../../schema/generated/types.ts';
import { RequestError } from '../shared/request-error.ts';

/** Base64 makes four of three bytes: so much stays below the megabyte that a request to AppSync may have. */
const MAX_BYTES = 512 * 1024;

/** Returns the bytes of the file that is to be seen; a text is its UTF-8. */
export function readSample({ text, contentBase64 }: PreviewChunksInput): Uint8Array {
  const hasText = text !== undefined && text !== null;
  const hasBytes = contentBase64 !== undefined && contentBase64 !== null;
  if (hasText === hasBytes) {
    const message = `${hasText ? 'Both' : 'Neither'} input.text and input.contentBase64 are given; give exactly one of them.`;
    throw new RequestError('VALIDATION', message, { field: hasText ? 'input.contentBase64' : 'input.text' });
  }
  const field = hasText ? 'input.text' : 'input.contentBase64';
  const bytes = hasText ? Buffer.from(text) : Buffer.from(contentBase64 ?? '', 'base64');
  if (bytes.length <= MAX_BYTES) return bytes;
  const message = `${field} has ${bytes.length} bytes; at most ${MAX_BYTES} are allowed.`;
  const hint = 'Preview the beginning of the file, or upload it.';
  throw new RequestError('PAYLOAD_TOO_LARGE', message, {
    field,
    limit: MAX_BYTES,
    actual: bytes.length,
    hint,
  });
}
