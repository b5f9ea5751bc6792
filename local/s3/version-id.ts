import { S3Error } from './s3-error.ts';

const FORM = /^(v[0-9a-z]{11}|null)$/;

/** Names the version that a change with this sequence number makes. */
export function versionIdOf(sequence: number): string {
  return `v${sequence.toString(36).padStart(11, '0')}`;
}

/** Returns the id as it is; as in the service, one of another form is a wrong argument, not a version that is missing. */
export function readVersionId(text: string | undefined): string | undefined {
  if (text === undefined || FORM.test(text)) return text;
  const message = text === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  throw new S3Error('InvalidArgument', message, {
    details: { ArgumentName: 'versionId', ArgumentValue: text },
  });
}

/** Returns the failure of a read of a version that is not there. */
export function missingVersion(key: string, versionId: string): S3Error {
  return new S3Error('NoSuchVersion', 'The specified version does not exist.', {
    details: { Key: key, VersionId: versionId },
  });
}
