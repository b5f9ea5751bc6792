import { S3Error } from './s3-error.ts';

type Read = (name: string) => string | undefined;

interface Validators {
  etag: string;
  modifiedMs: number;
}

/**
 * Judges the conditions of a read: OK, or NOT_MODIFIED; fails with PreconditionFailed. If-Match wins over If-Unmodified-Since
 * and If-None-Match over If-Modified-Since. `prefix` serves `x-amz-copy-source-`.
 */
export function judgeRead(read: Read, object: Validators, prefix = ''): 'OK' | 'NOT_MODIFIED' {
  const ifMatch = read(`${prefix}if-match`);
  const ifUnmodified = parseDate(read(`${prefix}if-unmodified-since`));
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (ifUnmodified !== undefined && seconds(object.modifiedMs) > ifUnmodified) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = read(`${prefix}if-none-match`);
  const ifModified = parseDate(read(`${prefix}if-modified-since`));
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, object.etag) ? 'NOT_MODIFIED' : 'OK';
  return ifModified !== undefined && seconds(object.modifiedMs) <= ifModified ? 'NOT_MODIFIED' : 'OK';
}

/** Judges the conditions of a write against the object that is there now; fails as S3 does. */
export function judgeWrite(read: Read, current: Validators | undefined): void {
  const ifNoneMatch = read('if-none-match');
  const ifMatch = read('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', `If-None-Match is ${ifNoneMatch}; a write supports * alone`);
  }
  if (ifNoneMatch === '*' && current) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!current) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (!matchesEtag(ifMatch, current.etag)) throw preconditionFailed('If-Match');
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    details: { Condition: condition },
  });
}

function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const wanted = item.trim().replace(/^W\//, '').replaceAll('"', '');
    return wanted === '*' || wanted === etag;
  });
}

/** Dates in headers have whole seconds. */
function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

function parseDate(text: string | undefined): number | undefined {
  const timeMs = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
