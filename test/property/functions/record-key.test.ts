import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createWriteId,
  formatChunkId,
  parseChunkId,
  parseRecordKey,
  recordKey,
} from '../../../functions/shared/record-key.ts';

const scope = fc.record({
  databaseId: fc.stringMatching(/^[0-9A-Za-z._-]{1,40}$/),
  generation: fc.integer({ min: 1, max: 99 }),
});
const chunk = fc.record({
  fileId: fc.uuid(),
  fileVersion: fc.integer({ min: 1, max: 999_999 }),
  chunkIndex: fc.integer({ min: 0, max: 99_999_999 }),
});
const writeId = fc.oneof(fc.constant('0'), fc.nat().map(createWriteId));
const ownId = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((id) => !/[\u0000-\u001f\u007f]/.test(id));

describe('record keys', () => {
  it('name chunks and vectors and can be read back', () => {
    const id = fc.oneof(chunk.map(formatChunkId), ownId);
    fc.assert(
      fc.property(scope, id, writeId, (given, name, write) => {
        const key = recordKey(given, name, write);

        expect(parseRecordKey(key)).toEqual({ id: name, writeId: write });
        expect(key.pk.startsWith(`${given.databaseId}#g${given.generation}#`)).toBe(true);
      }),
    );
  });

  it('sort chunks of a version by their place', () => {
    fc.assert(
      fc.property(scope, chunk, chunk, (given, one, other) => {
        const same = { ...other, fileId: one.fileId, fileVersion: one.fileVersion };
        const left = recordKey(given, formatChunkId(one), '0');
        const right = recordKey(given, formatChunkId(same), '0');

        expect(left.pk).toBe(right.pk);
        expect(Math.sign(one.chunkIndex - same.chunkIndex)).toBe(
          left.sk < right.sk ? -1 : left.sk > right.sk ? 1 : 0,
        );
      }),
    );
  });

  it('tell chunk ids from all others', () => {
    fc.assert(
      fc.property(chunk, (parts) => {
        expect(parseChunkId(formatChunkId(parts))).toEqual(parts);
      }),
    );
    for (const id of [
      'a',
      '1:2:3',
      `${'0'.repeat(36)}:1`,
      `${'g'.repeat(36)}:1:2`,
      `${'0'.repeat(36)}:1:2:3`,
    ]) {
      expect(parseChunkId(id), id).toBeNull();
    }
  });

  it('sort writes by time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 2 ** 31 }), (early, later) => {
        expect(createWriteId(early) < createWriteId(early + later)).toBe(true);
      }),
    );
  });
});
