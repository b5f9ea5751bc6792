import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCredentialKey } from '../../../../local/gateway/credential-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credential-key-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the key of all credentials', () => {
  it('is made once, for the owner alone', async () => {
    const path = join(folder, 'credentials.json');

    const first = await openCredentialKey(path);

    expect(first).toHaveLength(32);
    expect(await openCredentialKey(path)).toEqual(first);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('that is damaged stops the start and says what to do', async () => {
    const path = join(folder, 'credentials.json');
    writeFileSync(path, '{"key":"AAAA"}');

    await expect(openCredentialKey(path)).rejects.toThrow(
      `${path} has no key of 32 bytes; delete the file to make a new one`,
    );
  });
});
