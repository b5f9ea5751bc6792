import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createKeyId,
  createSecret,
  hashSecret,
  isSameHash,
  parseSecret,
} from '../../../functions/keys/key-secret.ts';

const secrets = fc.constant(null).map(() => createSecret(createKeyId()));

describe('key secrets', () => {
  it('name the key that they were made for', () => {
    fc.assert(
      fc.property(fc.constant(null).map(createKeyId), (keyId) => {
        const secret = createSecret(keyId);

        expect(secret).toMatch(/^vdb_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}$/);
        expect(parseSecret(secret)).toBe(keyId);
      }),
    );
  });

  it('are refused after any change of one character', () => {
    const anyCharacter = fc.oneof(
      fc.stringMatching(/^[0-9A-Za-z_]$/),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(secrets, fc.nat(), anyCharacter, (secret, seed, character) => {
        const place = seed % secret.length;
        fc.pre(secret[place] !== character);
        const changed = secret.slice(0, place) + character + secret.slice(place + 1);

        expect(parseSecret(changed)).toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it('are refused at every place with every other base62 character', () => {
    const secret = createSecret(createKeyId());
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

    for (let place = 0; place < secret.length; place++) {
      for (const character of alphabet) {
        if (secret[place] === character) continue;
        const changed = secret.slice(0, place) + character + secret.slice(place + 1);
        expect(parseSecret(changed), `${place} ${character}`).toBeNull();
      }
    }
  });

  it('are refused when cut, lengthened or prefixed', () => {
    const secret = createSecret(createKeyId());

    for (const broken of [
      '',
      secret.slice(1),
      secret.slice(0, -1),
      `${secret}0`,
      `Bearer ${secret}`,
      `${secret}\n`,
    ]) {
      expect(parseSecret(broken)).toBeNull();
    }
  });

  it('hash differently under another pepper, and only equal hashes compare equal', () => {
    const secret = createSecret(createKeyId());
    const hash = hashSecret(secret, 'pepper');

    expect(isSameHash(hash, hashSecret(secret, 'pepper'))).toBe(true);
    expect(isSameHash(hash, hashSecret(secret, 'other'))).toBe(false);
    expect(isSameHash('', '')).toBe(false);
    expect(isSameHash(hash, '')).toBe(false);
  });
});
