import { describe, expect, it } from 'vitest';
import { generateSecret } from '../../../../local/secrets/index.ts';

describe('generated secrets', () => {
  it('has 32 characters of every kind, and is new each time', () => {
    const secret = generateSecret({});

    expect(secret).toHaveLength(32);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9 ]/]) expect(secret).toMatch(kind);
    expect(generateSecret({})).not.toBe(secret);
  });

  it('leaves out what is excluded', () => {
    const secret = generateSecret({
      PasswordLength: 200,
      ExcludePunctuation: true,
      ExcludeUppercase: true,
      ExcludeCharacters: 'abc123',
    });

    expect(secret).toMatch(/^[d-z04-9]{200}$/);
  });

  it('fills a template', () => {
    const secret = JSON.parse(
      generateSecret({ SecretStringTemplate: '{"user":"a"}', GenerateStringKey: 'password' }),
    ) as object;

    expect(secret).toEqual({ user: 'a', password: expect.stringMatching(/^.{32}$/) as string });
  });

  it('refuses rules that leave nothing', () => {
    expect(() =>
      generateSecret({
        ExcludeLowercase: true,
        ExcludeUppercase: true,
        ExcludeNumbers: true,
        ExcludePunctuation: true,
      }),
    ).toThrow(/excludes every character/);
  });
});
