import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../engine/index.ts';
import {
  readEverything,
  storeDatabase,
  type Outcomes,
  type StoredDatabase,
} from './damage/damaged-database.ts';
import { fixedMutations, randomMutation, type Mutation } from './damage/mutations.ts';

/** `DAMAGE_MUTATIONS=100000 npx vitest run test/format/damage.test.ts` tries more. */
const MUTATIONS = Number(process.env['DAMAGE_MUTATIONS'] ?? 1000);
const SEED = Number(process.env['DAMAGE_SEED'] ?? 1);
/** A length that was damaged must not be believed. */
const MAX_BYTES = 128 << 20;

interface Tally {
  refused: number;
  unread: number;
}

/** Fails when a reading of damaged objects answers anything but the right answer or CorruptData. */
async function checkMutation(
  stored: StoredDatabase,
  right: Outcomes,
  { mutation, tally, isVerified = true }: { mutation: Mutation; tally: Tally; isVerified?: boolean },
): Promise<void> {
  const { name, damaged } = mutation;
  const objects = new Map([...stored.objects, ...damaged]);
  const outcomes = await readEverything({ ...stored, objects }, { isVerified }).catch((error: unknown) => {
    throw new Error(`${name}: a reading failed otherwise`, { cause: error });
  });
  const readings = Object.keys(right).filter((reading) => reading !== 'verify');
  const refused = readings.filter((reading) => outcomes[reading] === 'CorruptData');
  for (const reading of readings)
    if (!refused.includes(reading)) expect(outcomes[reading], `${name}: ${reading}`).toBe(right[reading]);
  // Whoever is told that something is damaged must be able to find it.
  if (isVerified && refused.length > 0)
    expect(Number(outcomes['verify']), `${name}: verify`).toBeGreaterThan(0);
  tally[refused.length > 0 ? 'refused' : 'unread'] += 1;
}

describe.each([
  ['without an index', false],
  ['with an index', true],
])('a database %s, of which something is damaged', (_, indexed) => {
  it('is read rightly or not at all, whatever is cut or stands in the wrong place', async () => {
    const stored = await storeDatabase(indexed);
    const right = await readEverything(stored);
    const tally: Tally = { refused: 0, unread: 0 };

    expect(Object.values(right)).not.toContain('CorruptData');
    expect(right['verify']).toBe('0');
    for await (const mutation of fixedMutations(stored))
      await checkMutation(stored, right, { mutation, tally });

    expect(tally.refused).toBeGreaterThan(200);
    expect(tally.unread).toBeLessThan(tally.refused / 5);
  });

  it(
    'is read rightly or not at all, whichever bytes are damaged',
    async () => {
      const stored = await storeDatabase(indexed);
      const right = await readEverything(stored);
      const random = seededRandom(SEED);
      const tally: Tally = { refused: 0, unread: 0 };

      for (let i = 0; i < MUTATIONS; i++) {
        const mutation = await randomMutation(stored, random);
        const isVerified = i % 8 === 0;
        await checkMutation(stored, right, { mutation, tally, isVerified });
        if (isVerified) expect(process.memoryUsage().arrayBuffers, mutation.name).toBeLessThan(MAX_BYTES);
      }

      expect(tally.refused).toBeGreaterThan(MUTATIONS / 2);
    },
    Math.max(60_000, MUTATIONS * 100),
  );
});
