import { parseArgs } from 'node:util';
import { emptyTally } from './model-world.ts';
import { runModel } from './run-model.ts';

/** `npm run test:model -- [--seeds N] [--first N]`: runs many histories and ends at the first that differs from the model. */
const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '20000' }, first: { type: 'string', default: '1' } },
});
const [seeds, first] = [Number(values.seeds), Number(values.first)];
if (!(Number.isSafeInteger(seeds) && seeds > 0 && Number.isSafeInteger(first) && first >= 0)) {
  console.error(`--seeds is ${values.seeds}, --first is ${values.first}; both must be whole numbers.`);
  process.exit(2);
}
const tally = emptyTally();
for (let seed = first; seed < first + seeds; seed++) {
  try {
    await runModel(seed, tally);
  } catch (error) {
    console.error(`Seed ${seed} fails. Repeat it: npm run test:model -- --first ${seed} --seeds 1`);
    console.error(error);
    process.exit(1);
  }
  if ((seed - first + 1) % 1000 === 0) console.log(`${seed - first + 1} of ${seeds} histories`);
}
console.log(`All ${seeds} histories did what the model says:`, tally);
