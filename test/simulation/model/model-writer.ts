import type { Change, Row, SegmentReference } from '../../../engine/api.ts';
import { isVectorDbError } from '../../../engine/index.ts';
import { makeRow } from '../../support/engine-database.ts';
import type { ModelChange } from './database-model.ts';
import type { ModelWorld } from './model-world.ts';
import type { Actor } from './actor.ts';

/** UTF-16 and UTF-8 sort the last two differently. */
export const IDS = [...Array.from({ length: 40 }, (_, i) => `i${i}`), 'k\uFFFC', 'k\u{1F600}'];
export const FILES = ['f0', 'f1', 'f2'];
const WORDS = ['red', 'green', 'blue'];
const TRIES = 4;

/** Makes one change, or a few at once; checks what becomes of each. */
export async function changeSomething(actor: Actor): Promise<void> {
  const { world } = actor;
  const count = world.random() < 0.25 ? 2 + world.integer(2) : 1;
  const outcomes = await Promise.allSettled(Array.from({ length: count }, () => makeChange(actor)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function makeChange(actor: Actor): Promise<void> {
  const plan = planChange(actor.world);
  let add: SegmentReference[] | null = null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    add ??= await writeSegments(actor, plan.segments);
    if (add === null) continue;
    if (attempt === 0 && plan.segments.length > 0) await holdBack(actor.world);
    const outcome = await commit(actor, plan, add);
    if (outcome === 'done' || actor.world.random() < 0.3) return;
    if (outcome === 'rewrite') add = null;
  }
}

/** Sometimes writers come with what they wrote so long ago that a sweep takes it for an orphan, at any moment of the sweep. */
async function holdBack(world: ModelWorld): Promise<void> {
  if (world.random() >= 0.1) return;
  world.tally.held += 1;
  await world.time.sleep(world.untilMeetingMs() + world.random() * 1500);
}

async function writeSegments(actor: Actor, segments: Row[][]): Promise<SegmentReference[] | null> {
  try {
    const written: SegmentReference[] = [];
    for (const rows of segments) written.push(await actor.database.writeSegment(rows));
    return written;
  } catch (error) {
    if (!isVectorDbError(error, 'Unavailable')) throw error;
    return null;
  }
}

type Outcome = 'done' | 'unknown' | 'rewrite';

async function commit(
  actor: Actor,
  plan: Omit<ModelChange, 'id'>,
  add: SegmentReference[],
): Promise<Outcome> {
  const { world, database } = actor;
  const id = `${actor.name}-${world.nextSerial()}`;
  const { model, tally } = world;
  model.announce({ id, ...plan });
  const from = model.version;
  const { removeIds, removeFiles } = plan;
  const change: Change = { add: [...add], removeIds, removeFiles, finishedWrites: [id] };
  // A caller may name a segment twice: it counts once.
  if (world.random() < 0.05) change.add.push(...add);
  try {
    const made = await database.commit(change);
    tally.commits += 1;
    if (made.version > (world.acknowledged ?? '')) world.acknowledged = made.version;
    world.check(() => {
      model.checkAcknowledged(id, made);
    });
    return 'done';
  } catch (error) {
    if (isVectorDbError(error, 'Unavailable')) {
      tally.unknown += 1;
      return 'unknown';
    }
    if (isVectorDbError(error, 'NotFound') && error.info.field === 'add') {
      tally.rewritten += 1;
      return 'rewrite';
    }
    if (!isVectorDbError(error, 'Conflict') && !isVectorDbError(error, 'InvalidInput')) throw error;
    const { kind } = error;
    tally.refusals += 1;
    world.check(() => {
      model.checkRefused(id, kind as 'Conflict' | 'InvalidInput', from);
    });
    return 'done';
  }
}

function planChange(world: ModelWorld): Omit<ModelChange, 'id'> {
  const dice = world.random();
  const none = { segments: [], removeIds: [], removeFiles: [] };
  // The same rows give the same object: it is put again after a sweep took it, or while one takes it.
  if (dice < 0.3) return { ...none, segments: [recurringRows(world.integer(3))] };
  if (dice < 0.4) return { ...none, removeIds: someIds(world) };
  if (dice < 0.65) return replaceFile(world);
  if (dice < 0.7) return { ...none, removeFiles: [{ fileId: world.pick(FILES), beforeVersion: Infinity }] };
  // Enough rows for an index, and for tombstones in more than one word.
  if (dice < 0.76) return { ...none, segments: [someRows(world, null, IDS.slice(world.integer(20)))] };
  const segments = Array.from({ length: 1 + world.integer(2) }, () => someRows(world));
  return { ...none, segments, removeIds: world.random() < 0.2 ? [...someIds(world), 'unknown'] : [] };
}

function recurringRows(batch: number): Row[] {
  return [0, 3].map((step) =>
    makeRow(IDS[(batch + step) % IDS.length]!, [1, batch], {
      address: `again-${batch}`,
      text: 'again',
      metadata: { n: batch },
    }),
  );
}

function someIds(world: ModelWorld): string[] {
  return [...new Set(Array.from({ length: 1 + world.integer(3) }, () => world.pick(IDS)))];
}

function someRows(
  world: ModelWorld,
  file: { fileId: string; fileVersion: number } | null = null,
  ids = someIds(world),
): Row[] {
  const stamp = world.nextSerial();
  // Sometimes the field has the wrong type: the first type wins.
  const n = world.random() < 0.05 ? 'text' : stamp;
  return ids.map((id) => {
    const ofFile = file ?? { fileId: world.pick(FILES), fileVersion: 1 + world.integer(3) };
    const isLoose = file === null && world.random() < 0.6;
    return makeRow(id, [1, world.integer(9)], {
      ...(isLoose ? {} : ofFile),
      address: `at-${stamp}`,
      text: `${world.pick(WORDS)} ${world.pick(WORDS)}`,
      metadata: { n, word: world.pick(WORDS) },
    });
  });
}

function replaceFile(world: ModelWorld): Omit<ModelChange, 'id'> {
  const fileId = world.pick(FILES);
  const fileVersion = 1 + world.integer(6);
  return {
    segments: [someRows(world, { fileId, fileVersion })],
    removeIds: [],
    removeFiles: [{ fileId, beforeVersion: fileVersion }],
  };
}
