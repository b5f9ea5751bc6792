import type { Actor } from './actor.ts';
import { verifyReads, readSomething } from './model-reader.ts';
import { changeSomething } from './model-writer.ts';
import { GRACE_MS, ModelWorld, type Tally } from './model-world.ts';
import { CLOUD_LATENCY_MS, type Weather } from './simulated-storage.ts';
import { isVectorDbError } from '../../../engine/index.ts';

type Step = (actor: Actor) => Promise<void>;

/** Runs one seeded history of a database and fails where it differs from the model. */
export async function runModel(seed: number, tally: Tally): Promise<void> {
  const stormy = seed % 4 !== 0;
  const weather: Weather = {
    failure: stormy ? 0.02 : 0,
    crash: stormy ? 0.006 : 0,
    repeat: stormy ? 0.05 : 0,
    stall: 0.01,
    latencyMs: CLOUD_LATENCY_MS,
  };
  const world = new ModelWorld(seed, weather, tally);
  const writers = 2 + world.integer(2);
  const changeOrRead: Step = (actor) =>
    world.random() < 0.8 ? changeSomething(actor) : readSomething(actor);
  const actors = [
    ...Array.from({ length: writers }, (_, i) => act(world, `w${i}`, 6 + world.integer(4), changeOrRead)),
    act(world, 'tidy', 8, tidySomething),
    act(world, 'read', 8, readSomething),
  ];
  await world.time.run(Promise.all(actors));
  await verifyReads(world);
  const [problem] = world.problems;
  if (problem !== undefined) throw problem;
}

async function act(world: ModelWorld, name: string, steps: number, step: Step): Promise<void> {
  const connectAgain = (): Actor => ({ world, name, ...world.open() });
  let actor = connectAgain();
  for (let i = 0; i < steps && world.problems.length === 0; i++) {
    await world.time.sleep(pauseMs(world));
    const outcome = await Promise.race([step(actor), actor.connection.crashed]);
    if (outcome !== 'crashed') continue;
    world.tally.crashes += 1;
    actor = connectAgain();
  }
}

/** Mostly moments; sometimes until the next meeting, when what was left behind has got old: then sweeps and writers meet over it. */
function pauseMs(world: ModelWorld): number {
  const toMeetingMs = world.random() < 0.3 ? world.untilMeetingMs() : 0;
  return toMeetingMs + world.random() * 300;
}

async function tidySomething({ database, world }: Actor): Promise<void> {
  try {
    if (world.random() < 0.5) world.tally.merged += await database.compact();
    else world.tally.swept += (await database.sweepOrphans(GRACE_MS)).length;
  } catch (error) {
    if (!isVectorDbError(error, 'Unavailable')) throw error;
  }
}
