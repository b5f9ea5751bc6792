import { ALGORITHM, parseCredential, parseTimestamp } from './authorization.ts';
import { SigV4Error } from './failure.ts';
import { deriveSigningKey, isSameSecret, signString } from './signing-key.ts';
import { checkScope, findHolder } from './verify-request.ts';
import type { LookupCredentials, VerifyOptions } from './verify-request.ts';

/** Verifies who signed the policy of an S3 POST form; `fields` have lower-case names. Fails with a SigV4Error. */
export function verifyPostPolicy<Principal>(
  fields: ReadonlyMap<string, string>,
  lookupCredentials: LookupCredentials<Principal>,
  options: VerifyOptions,
): { accessKeyId: string; principal: Principal } {
  const read = (name: string): string => {
    const value = fields.get(name);
    if (!value)
      throw new SigV4Error('IncompleteSignature', `Bucket POST must contain a field named '${name}'.`);
    return value;
  };
  const policy = read('policy');
  if (read('x-amz-algorithm') !== ALGORITHM) {
    throw new SigV4Error(
      'IncompleteSignature',
      `x-amz-algorithm is "${read('x-amz-algorithm')}"; expected "${ALGORITHM}"`,
    );
  }
  const { accessKeyId, scope } = parseCredential(read('x-amz-credential'));
  const timestamp = read('x-amz-date');
  parseTimestamp(timestamp);
  checkScope({ scope }, options);
  const sessionToken = fields.get('x-amz-security-token') ?? null;
  const holder = findHolder({ accessKeyId, sessionToken }, lookupCredentials);
  const expected = signString(deriveSigningKey(holder.secretAccessKey, scope), policy);
  if (!isSameSecret(expected, read('x-amz-signature'))) {
    throw new SigV4Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  return { accessKeyId, principal: holder.principal };
}
