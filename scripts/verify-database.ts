// npm run verify -- [--data FOLDER] [--database ID]: reads the stored databases of a data folder while nothing runs, and tells what is wrong.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyDatabase } from '../engine/index.ts';
import { DatabaseLocked } from '../local/dynamodb/index.ts';
import { openStoredBuckets, type StoredBuckets } from './verify/stored-bucket.ts';
import { readStoredDatabases, type StoredDatabase } from './verify/stored-databases.ts';

const { values } = parseArgs({
  options: { data: { type: 'string', default: '.data' }, database: { type: 'string' } },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

async function readDatabases(folder: string): Promise<StoredDatabase[]> {
  try {
    return await readStoredDatabases(folder);
  } catch (error) {
    if (error instanceof DatabaseLocked) fail(`${folder} is in use: stop the server first.`);
    throw error;
  }
}

/** Prints the findings of one database; returns the number of errors. */
async function verify({ id, prefix, manifest }: StoredDatabase, buckets: StoredBuckets): Promise<number> {
  if (manifest === null) {
    console.log(`${id}: empty`);
    return 0;
  }
  const store = buckets.holding(manifest);
  if (store === null) {
    console.log(`${id}: ERROR ${manifest}: it is missing from every bucket`);
    return 1;
  }
  let errors = 0;
  for await (const { severity, object, problem } of verifyDatabase({ store, prefix, manifest })) {
    if (severity === 'ERROR') errors += 1;
    console.log(`${id}: ${severity} ${object}: ${problem}`);
  }
  console.log(`${id}: ${errors === 0 ? 'nothing is wrong' : `${errors} errors`}`);
  return errors;
}

const folder = resolve(values.data);
for (const name of ['dynamodb', 's3']) {
  if (!existsSync(join(folder, name)))
    fail(`--data is ${folder}, which has no folder ${name}: it must be the data folder of a server.`);
}
const databases = (await readDatabases(folder)).filter(({ id }) => id === (values.database ?? id));
if (values.database !== undefined && databases.length === 0)
  fail(`--database is ${values.database}; there is no such database in ${folder}.`);
const buckets = await openStoredBuckets(join(folder, 's3'));
let errors = 0;
for (const database of databases) errors += await verify(database, buckets);
process.exit(errors === 0 ? 0 : 1);
