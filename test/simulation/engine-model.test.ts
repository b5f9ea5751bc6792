import { describe, expect, it } from 'vitest';
import { emptyTally } from './model/model-world.ts';
import { runModel } from './model/run-model.ts';

/** `npm run test:model -- --seeds N` runs more. */
const SEEDS = 2_000;

describe('a database under faults', () => {
  it('does what the model says, for every seed', async () => {
    const tally = emptyTally();

    for (let seed = 1; seed <= SEEDS; seed++) {
      await runModel(seed, tally).catch((error: unknown) => {
        throw new Error(`seed ${seed} fails: npm run test:model -- --first ${seed} --seeds 1`, {
          cause: error,
        });
      });
    }

    const { rewritten, ...common } = tally;
    expect(rewritten).toBeGreaterThanOrEqual(0);
    for (const [name, times] of Object.entries(common)) expect(times, name).toBeGreaterThan(SEEDS / 10);
  }, 400_000);
});
