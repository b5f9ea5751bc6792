import type { PreviewChunksInput } from '../../schema/generated/types.ts';
import { INGESTION_LIMITS } from '../ingestion/limits.ts';
import { RequestError } from '../shared/request-error.ts';

/** The bytes of a sample, and the field that brought them. */
export interface SampleContent {
  field: string;
  bytes: Uint8Array;
}

const SHOWN_CHARACTERS = 10;
const EMPTY = 'is empty; a preview needs at least one byte';

function refuse(field: string, problem: string, actual?: string | number): never {
  throw new RequestError('VALIDATION', `${field} ${problem}.`, { field, actual });
}

function checkSize(field: string, sizeBytes: number): void {
  const limit = INGESTION_LIMITS.previewBytes;
  if (sizeBytes <= limit) return;
  const message = `${field} has ${sizeBytes} bytes; a preview takes at most ${limit}.`;
  const hint =
    'Send the beginning of the file: a text up to the end of a line, records up to the end of one.';
  throw new RequestError('PAYLOAD_TOO_LARGE', message, { field, limit, actual: sizeBytes, hint });
}

function readText(text: string): SampleContent {
  const field = 'input.text';
  if (text === '') refuse(field, EMPTY, 0);
  checkSize(field, Buffer.byteLength(text));
  if (!text.isWellFormed()) refuse(field, 'has half of a surrogate pair, which UTF-8 cannot hold');
  return { field, bytes: new TextEncoder().encode(text) };
}

/** What is wrong with a text that is not the base64 of any bytes. */
function describeBroken(text: string): { problem: string; actual: string } {
  const at = text.search(/[^0-9A-Za-z+/=]/);
  if (at >= 0) {
    const actual = text.slice(at, at + SHOWN_CHARACTERS);
    return { problem: `is not base64: ${JSON.stringify(actual)} at character ${at}`, actual };
  }
  const problem = 'is not base64: it must end, padded with =, at a multiple of four characters';
  return { problem, actual: text.slice(-SHOWN_CHARACTERS) };
}

function readBase64(text: string): SampleContent {
  const field = 'input.contentBase64';
  if (text === '') refuse(field, EMPTY, 0);
  const padding = text.length - text.replace(/={1,2}$/, '').length;
  checkSize(field, Math.floor(text.length / 4) * 3 - padding);
  const bytes = Buffer.from(text, 'base64');
  // Decoding passes over whatever is no base64.
  if (bytes.toString('base64') !== text) {
    const { problem, actual } = describeBroken(text);
    refuse(field, problem, actual);
  }
  return { field, bytes };
}

/** Returns the bytes that a preview is asked for: exactly one field must bring them. */
export function readContent({ text, contentBase64 }: PreviewChunksInput): SampleContent {
  const hasText = text !== undefined && text !== null;
  const hasBytes = contentBase64 !== undefined && contentBase64 !== null;
  if (hasText && hasBytes) refuse('input.contentBase64', 'is given beside input.text; give one of the two');
  if (hasText) return readText(text);
  if (hasBytes) return readBase64(contentBase64);
  return refuse('input.text', 'is missing; give it, or the bytes as input.contentBase64');
}
