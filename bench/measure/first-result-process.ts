// Opens an index and answers one query, then says so: what a process takes from its start to its first result.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { datasetPlan } from '../datasets/dataset-plan.ts';
import { datasetFolder, recallAt } from '../datasets/dataset.ts';
import { findEngine } from '../engines/engine-list.ts';

const [name, dataset, folder, parameter] = process.argv.slice(2) as [string, string, string, string];
const plan = datasetPlan(dataset);
const index = await findEngine(name).open(plan, folder);
await index.use(Number(parameter));
const answer = await index.search(await readFirstQuery(), recallAt);
process.stdout.write(answer.length === recallAt ? 'ready' : `only ${answer.length} rows`, () => {
  process.exit(0);
});

async function readFirstQuery(): Promise<Float32Array> {
  const query = new Float32Array(plan.dimension);
  const file = await open(join(datasetFolder(plan), 'queries.f32'));
  await file.read(new Uint8Array(query.buffer), 0, query.byteLength, 0);
  await file.close();
  return query;
}
