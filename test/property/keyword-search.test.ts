import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatabaseConfig, Row } from '../../engine/api.ts';
import { memoryStore, seededRandom } from '../../engine/index.ts';
import { makeChange, makeQuery, makeRow, openTestDatabase, PREFIX } from '../support/engine-database.ts';
import { putPlainSegment } from '../support/plain-segment.ts';
import { oracleSearch } from '../support/search-oracle.ts';

const config: DatabaseConfig = { dimension: 1, metric: 'DOT_PRODUCT', prefix: PREFIX };

/** Forms of the same words, words of several languages, and what has no stem. The first are the most frequent. */
const WORDS = [
  ...[
    'the',
    'run',
    'runs',
    'running',
    'shoe',
    'shoes',
    'x1',
    'foo_bar',
    'case',
    'casa',
    'casas',
    'le',
    'chevaux',
  ],
  ...[
    'cheval',
    'und',
    'Häuser',
    'Haus',
    'книга',
    'книги',
    '東京',
    "l'homme",
    'homme',
    'los',
    'nicht',
    'el',
    '3.14',
  ],
];

interface Case {
  seed: number;
  /** At most 200: a hybrid search fuses lists of that depth, and the oracle whole ones. */
  rows: number;
  segments: number;
  /** Words per row, at most. */
  words: number;
  deadShare: number;
  hasPlain: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.integer(),
  rows: fc.integer({ min: 1, max: 200 }),
  segments: fc.integer({ min: 1, max: 4 }),
  words: fc.constantFrom(1, 3, 12),
  deadShare: fc.constantFrom(0, 0.1, 0.7),
  hasPlain: fc.boolean(),
});

function makeRows({ seed, rows, words }: Case): Row[] {
  const random = seededRandom(seed);
  const pick = (): string => WORDS[Math.floor(random() ** 2 * WORDS.length)]!;
  return Array.from({ length: rows }, (_, i) => {
    const text = random() < 0.05 ? null : Array.from({ length: Math.ceil(random() * words) }, pick).join(' ');
    const metadata = { bucket: Math.floor(random() * 10) };
    return makeRow(`row-${String(i).padStart(5, '0')}`, [1 + (i % 7)], { text, metadata });
  });
}

/** Stores rows in segments, some of them as version 1.0 did, and removes some; returns what is live. */
async function store(one: Case) {
  const objects = memoryStore();
  const { database } = openTestDatabase(config, { store: objects });
  const rows = makeRows(one);
  const plainIds = new Set<string>();
  for (let part = 0; part < one.segments; part++) {
    const own = rows.filter((_, i) => i % one.segments === part);
    if (own.length === 0) continue;
    const isPlain = one.hasPlain && part % 2 === 0;
    if (isPlain) for (const { id } of own) plainIds.add(id);
    const add = [isPlain ? await putPlainSegment(objects, own, config) : await database.writeSegment(own)];
    await database.commit(makeChange({ add }));
  }
  const random = seededRandom(one.seed + 1);
  const dead = new Set(rows.filter(() => random() < one.deadShare).map(({ id }) => id));
  await database.commit(makeChange({ removeIds: [...dead] }));
  return { database, live: rows.filter(({ id }) => !dead.has(id)), plainIds };
}

const queries = fc.record({
  text: fc
    .array(fc.constantFrom(...WORDS, 'absent'), { minLength: 1, maxLength: 6 })
    .map((words) => words.join(', ')),
  topK: fc.constantFrom(1, 2, 10, 100, 10_000),
  filter: fc.constantFrom(
    null,
    { field: 'bucket', number: { lt: 2 } },
    { field: 'bucket', number: { gt: 20 } },
  ),
  isHybrid: fc.boolean(),
});

describe('keyword search', () => {
  it('ranks as brute force does, whatever the segments, tombstones, filters and versions', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.array(queries, { minLength: 3, maxLength: 6 }), async (one, asked) => {
        const { database, live, plainIds } = await store(one);
        for (const { isHybrid, ...rest } of asked) {
          const query = makeQuery({ ...rest, values: isHybrid ? [1] : null });
          const known = Object.keys(await database.metadataFields());
          if (query.filter !== null && !known.includes('bucket')) continue;

          const { hits } = await database.search(query);

          const expected = oracleSearch(live, query, config.metric, plainIds);
          expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
          hits.forEach(({ score }, i) => {
            expect(score).toBeCloseTo(expected[i]!.score, 8);
          });
        }
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('ranks the same after segments of both versions are merged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom(0, 0.3), async (seed, deadShare) => {
        const one: Case = { seed, rows: 180, segments: 12, words: 12, deadShare, hasPlain: true };
        const { database } = await store(one);
        const asked = ['run, shoes', 'running x1', 'casas', 'Haus homme книги', 'the le los el'].map((text) =>
          makeQuery({ text, topK: 200 }),
        );
        const before = [];
        for (const query of asked) before.push((await database.search(query)).hits);

        const merged = await database.compact();

        const after = [];
        for (const query of asked) after.push((await database.search(query)).hits);
        expect(merged).toBeGreaterThanOrEqual(8);
        expect(after).toEqual(before);
      }),
      { numRuns: 6 },
    );
  }, 60_000);
});

describe('skipping', () => {
  /** More rows than a window, words from everywhere to rare, texts of all lengths. */
  const rows = ((): Row[] => {
    const random = seededRandom(5);
    const word = (): string => `w${Math.floor(300 ** random()) + Math.floor(300 ** random())}a`;
    return Array.from({ length: 5000 }, (_, i) =>
      makeRow(`row-${String(i).padStart(5, '0')}`, [1], {
        text: Array.from({ length: 1 + Math.floor(30 * random() ** 3) }, word)
          .join(' ')
          .replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!),
        metadata: { bucket: i % 100 },
      }),
    );
  })();
  const texts = ['wca', 'wca wda wea', 'wca wbaaa', 'wbja wcaaa wda', 'wcffa whcba', 'wca wcas'];

  it.each([1, 3])(
    'changes no rank in %d segments',
    async (parts) => {
      const { database } = openTestDatabase(config);
      const add = [];
      for (let part = 0; part < parts; part++) {
        add.push(await database.writeSegment(rows.filter((_, i) => i % parts === part)));
      }
      await database.commit(makeChange({ add }));
      const filter = { field: 'bucket', number: { lt: 5 } };

      for (const text of texts) {
        const all = oracleSearch(rows, makeQuery({ text, topK: 10_000 }), config.metric);
        const filtered = oracleSearch(rows, makeQuery({ text, topK: 10_000, filter }), config.metric);
        for (const topK of [1, 10, 200, 10_000]) {
          const { hits } = await database.search(makeQuery({ text, topK }));
          const { hits: few } = await database.search(makeQuery({ text, topK, filter }));

          expect(
            hits.map(({ id }) => id),
            `${topK} of ${text}`,
          ).toEqual(all.slice(0, topK).map(({ id }) => id));
          expect(few.map(({ id }) => id)).toEqual(filtered.slice(0, topK).map(({ id }) => id));
        }
      }
    },
    30_000,
  );

  it('leaves rows unscored that cannot be among the best', async () => {
    const { database } = openTestDatabase(config);
    const textOf = (i: number): string => (i === 3 ? 'a rare common text' : 'a common text');
    const plainRows = rows.map((row, i) => ({ ...row, text: textOf(i) }));
    await database.commit(makeChange({ add: [await database.writeSegment(plainRows)] }));

    const best = await database.search(makeQuery({ text: 'rare common', topK: 1 }));
    const all = await database.search(makeQuery({ text: 'rare common', topK: 10_000 }));

    expect(best.hits.map(({ id }) => id)).toEqual(['row-00003']);
    expect(all.stats.candidates).toBe(5000);
    expect(best.stats.candidates).toBeLessThan(2500);
  });
});
