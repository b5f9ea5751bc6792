import type { Metric, Row, SearchQuery } from '../../../engine/api.ts';
import { isVectorDbError, verifyDatabase } from '../../../engine/index.ts';
import { makeQuery, PREFIX } from '../../support/engine-database.ts';
import { oracleMatches, oracleSearch } from '../../support/search-oracle.ts';
import { expectSame, type ModelState } from './database-model.ts';
import { FILES, IDS } from './model-writer.ts';
import type { ModelWorld } from './model-world.ts';
import type { Actor } from './actor.ts';

const FILTER = { field: 'word', string: { in: ['red', 'blue'] } };
const LAST_QUERIES = [
  makeQuery({ values: [1, 2], topK: 1000, exact: true }),
  makeQuery({ text: 'red again', topK: 1000 }),
  makeQuery({ values: [1, 2], text: 'green again', topK: 1000, exact: true }),
];

/** Reads in one of the ways there are, and compares with the model. */
export async function readSomething(actor: Actor): Promise<void> {
  const { world } = actor;
  const from = world.model.version;
  try {
    await world.pick([search, search, search, readByIds, findByFilter])(actor, from);
    world.tally.reads += 1;
  } catch (error) {
    const isUnregistered =
      isVectorDbError(error, 'InvalidInput') &&
      world.model.states.slice(from).some(({ fields }) => !fields.has('word'));
    if (!isVectorDbError(error, 'Unavailable') && !isUnregistered) throw error;
  }
}

function pinned(world: ModelWorld, version: string, from: number): ModelState {
  const state = world.model.states[Number(version)];
  if (state !== undefined && Number(version) >= from) return state;
  throw new Error(`a read that began at version ${from} answered from version ${version}`);
}

/** Draws a search of any mode, with the restrictions that there are; `minVersion` is one that a writer was told of, or is not there yet. */
function planSearch(world: ModelWorld): SearchQuery {
  const { acknowledged, model } = world;
  const isLikely = (share: number): boolean => world.random() < share;
  const [hasValues, hasText] = world.pick([
    [true, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const);
  return makeQuery({
    values: hasValues ? [1, world.integer(4)] : null,
    text: hasText ? world.pick(['red again', 'green', 'blue red', 'absent']) : null,
    topK: world.pick([1, 3, 1000]),
    exact: isLikely(0.7),
    effort: 1,
    filter: isLikely(0.3) ? FILTER : null,
    fileIds: isLikely(0.2) ? FILES.slice(world.integer(3)) : null,
    excludeIds: isLikely(0.2) ? IDS.slice(3, 6) : [],
    fusion: { method: world.pick(['RRF', 'WEIGHTED'] as const), k: 60, vectorWeight: 0.25 },
    minVersion: isLikely(0.1) ? versionAfter(model.version + 2) : acknowledged,
  });
}

function versionAfter(version: number): string {
  return String(version).padStart(12, '0');
}

async function search({ database, world }: Actor, from: number, query = planSearch(world)): Promise<void> {
  const { hits, version, stats } = await database.search(query);
  world.check(() => {
    const { rows } = pinned(world, version, from);
    if (query.minVersion !== null && version < query.minVersion)
      throw new Error(`version ${version} answered, and ${query.minVersion} was asked for`);
    const stored = hits.map(({ id }) => {
      const { address, fileId } = rows.get(id) ?? { address: 'is not there', fileId: null };
      return [id, address, fileId];
    });
    expectSame(
      'the origin of the hits',
      hits.map(({ id, address, fileId }) => [id, address, fileId]),
      stored,
    );
    const expected = oracleSearch(rows.values(), query, world.metric);
    // Without `exact`, an index may miss some of the best; what it answers must still be right.
    if (query.mode === 'VECTOR' && !stats.exact) checkScores(hits, rows, { query, metric: world.metric });
    else if (query.mode !== 'HYBRID' || query.exact) expectSameHits(hits, expected, { query, version, rows });
  });
}

interface Scored {
  id: string;
  score: number;
}

/** Scores are computed in f32. */
const TOLERANCE = 1e-5;

/** Fails unless each hit has the score that the definition gives it, in falling order. */
function checkScores(
  hits: readonly Scored[],
  rows: ModelState['rows'],
  { query, metric }: { query: SearchQuery; metric: Metric },
): void {
  const all = oracleSearch(rows.values(), { ...query, topK: rows.size }, metric);
  const scores = new Map(all.map(({ id, score }) => [id, score]));
  const wrong = hits.find(({ id, score }) => !(Math.abs(score - scores.get(id)!) < TOLERANCE));
  if (wrong !== undefined)
    throw new Error(`${wrong.id} has score ${wrong.score}; not ${scores.get(wrong.id)}`);
  const isFalling = hits.every(({ score }, i) => i === 0 || score <= hits[i - 1]!.score);
  if (!isFalling) throw new Error('the hits are not in the order of their scores');
}

/** Equals up to rounding may stand in any order, and at the end of a short answer any of them may be cut. */
function expectSameHits(
  hits: readonly Scored[],
  expected: readonly Scored[],
  { query, version, rows }: { query: SearchQuery; version: string; rows: ModelState['rows'] },
): void {
  const ids = (list: readonly Scored[]): string[] => list.map(({ id }) => id).sort();
  if (query.topK >= rows.size) expectSame(`the hits at version ${version}`, ids(hits), ids(expected));
  expectSame(`the number of hits at version ${version}`, hits.length, expected.length);
  const at = hits.findIndex(({ score }, i) => !(Math.abs(score - expected[i]!.score) < TOLERANCE));
  if (at !== -1) throw new Error(`hit ${at} has score ${hits[at]!.score}; expected ${expected[at]!.score}`);
}

/** A read that does not say its version must fit one of those that were current meanwhile. */
function checkSome(world: ModelWorld, from: number, expectation: (state: ModelState) => void): void {
  const failures: unknown[] = [];
  for (const state of world.model.states.slice(from)) {
    try {
      expectation(state);
      return;
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures.at(-1);
}

async function readByIds({ database, world }: Actor, from: number): Promise<void> {
  const found = await database.readRows(IDS);
  world.check(() => {
    checkSome(world, from, ({ rows }) => {
      const all = (some: Iterable<Omit<Row, 'text'>>): string[] =>
        Array.from(some, (row) => shown(row, world.metric)).sort();
      expectSame('the rows', all(found), all(rows.values()));
    });
  });
}

/** Under cosine vectors are stored with length 1. */
function shown(
  { id, address, fileId, fileVersion, values, metadata }: Omit<Row, 'text'>,
  metric: Metric,
): string {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const isUnit = metric !== 'COSINE' || Math.abs(Math.sqrt(squares) - 1) < 1e-6;
  const scaled = [...(isUnit ? values : values.map((value) => value / Math.sqrt(squares)))];
  return JSON.stringify([id, address, fileId, fileVersion, scaled, Object.entries(metadata).sort()]);
}

async function findByFilter({ database, world }: Actor, from: number): Promise<void> {
  const found = await database.findIds(FILTER, 100);
  world.check(() => {
    checkSome(world, from, ({ rows }) => {
      const matching = [...rows.values()].filter((row) => oracleMatches(row, FILTER));
      expectSame('the ids', [...found].sort(), matching.map(({ id }) => id).sort());
    });
  });
}

/** Compares everything that a reader without a cache sees at the end. */
export async function verifyReads(world: ModelWorld): Promise<void> {
  const database = world.openFresh();
  const actor = { ...world.open(), world, name: 'last', database };
  const from = world.model.version;
  for (const query of LAST_QUERIES) await search(actor, from, query);
  await readByIds(actor, from);
  const { store, pointer } = world;
  const { manifest } = await pointer.read();
  if (manifest === null || world.random() < 0.8) return;
  for await (const { severity, object, problem } of verifyDatabase({ store, prefix: PREFIX, manifest })) {
    if (severity === 'ERROR') world.problems.push(new Error(`${object}: ${problem}`));
  }
}
