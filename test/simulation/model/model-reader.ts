import type { Row } from '../../../engine/api.ts';
import { isVectorDbError, verifyDatabase } from '../../../engine/index.ts';
import { makeQuery, PREFIX } from '../../support/engine-database.ts';
import { oracleMatches, oracleSearch } from '../../support/search-oracle.ts';
import { expectSame, type ModelState } from './database-model.ts';
import { IDS } from './model-writer.ts';
import type { ModelWorld } from './model-world.ts';
import type { Actor } from './actor.ts';

const FILTER = { field: 'word', string: { in: ['red', 'blue'] } };
const QUERY = makeQuery({ values: [1, 2], topK: 1000 });

/** Reads in one of the ways there are, and compares with the model. */
export async function readSomething(actor: Actor): Promise<void> {
  const { world } = actor;
  const from = world.model.version;
  try {
    await world.pick([searchByVector, searchByWords, readByIds, findByFilter])(actor, from);
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

async function searchByVector({ database, world, minVersion }: Actor, from: number): Promise<void> {
  const filter = world.random() < 0.3 ? FILTER : null;
  const query = { ...QUERY, filter, minVersion };
  const { hits, version } = await database.search(query);
  world.check(() => {
    const { rows } = pinned(world, version, from);
    expectSame(
      `the answer at version ${version}`,
      hits.map(({ id, score, address, fileId }) => [id, score, address, fileId]),
      oracleSearch(rows.values(), query, 'DOT_PRODUCT').map(({ id, score }) => {
        const { address, fileId } = rows.get(id)!;
        return [id, score, address, fileId];
      }),
    );
  });
}

async function searchByWords({ database, world }: Actor, from: number): Promise<void> {
  const query = makeQuery({ text: 'red again', topK: 1000 });
  const { hits, version } = await database.search(query);
  world.check(() => {
    const { rows } = pinned(world, version, from);
    const expected = oracleSearch(rows.values(), query, 'DOT_PRODUCT');
    // Equal scores may differ in their last place, and then in their order.
    expectSame(
      `the hits of words at version ${version}`,
      hits.map(({ id }) => id).sort(),
      expected.map(({ id }) => id).sort(),
    );
  });
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
      expectSame('the rows', found.map(shown).sort(), [...rows.values()].map(shown).sort());
    });
  });
}

function shown({ id, address, fileId, fileVersion, values, metadata }: Omit<Row, 'text'>): string {
  return JSON.stringify([id, address, fileId, fileVersion, [...values], Object.entries(metadata).sort()]);
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
  const actor = { ...world.open(), world, name: 'last', minVersion: null, database };
  const from = world.model.version;
  await searchByVector(actor, from);
  await readByIds(actor, from);
  await searchByWords(actor, from);
  const { store, pointer } = world;
  const { manifest } = await pointer.read();
  if (manifest === null || world.random() < 0.8) return;
  for await (const { severity, object, problem } of verifyDatabase({ store, prefix: PREFIX, manifest })) {
    if (severity === 'ERROR') world.problems.push(new Error(`${object}: ${problem}`));
  }
}
