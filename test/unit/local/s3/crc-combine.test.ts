import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHasher } from '../../../../local/s3/checksum.ts';
import { combineCrcs } from '../../../../local/s3/crc-combine.ts';

async function digest(algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME', ...pieces: Uint8Array[]): Promise<Buffer> {
  const hasher = createHasher(algorithm);
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest();
}

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('%s', (algorithm) => {
  it('gives the check value of the catalogue', async () => {
    const check = { CRC32: 'cbf43926', CRC32C: 'e3069283', CRC64NVME: 'ae8b14860a799888' }[algorithm];

    expect((await digest(algorithm, Buffer.from('123456789'))).toString('hex')).toBe(check);
  });

  it('of parts combines to that of the whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
        async (pieces) => {
          const parts = await Promise.all(
            pieces.map(async (piece) => ({ value: await digest(algorithm, piece), size: piece.length })),
          );

          expect(combineCrcs(algorithm, parts)).toEqual(await digest(algorithm, ...pieces));
        },
      ),
    );
  });
});
