import { S3Error } from './s3-error.ts';

/** Bytes from `start` up to before `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Reads a Range header. Undefined means the whole object: without a header, and, as in S3, for one of another form. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const range =
    first === ''
      ? { start: Math.max(size - Number(last), 0), end: size }
      : { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) };
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  if (range.start >= size) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
      details: { RangeRequested: header ?? '', ActualObjectSize: String(size) },
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  return range;
}
