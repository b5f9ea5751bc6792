// Upserts single rows for a while, one after the other, and reports what was acknowledged: forked by write-together.ts.
import { makeRow, makeChange } from '../../support/engine-database.ts';
import { openShared } from './open-shared.ts';

const [folder, number, milliseconds] = process.argv.slice(2);
const database = openShared(folder!, Number(number) + 1);
const acknowledged: string[] = [];
const latenciesMs: number[] = [];
const failures: string[] = [];
const untilMs = Date.now() + Number(milliseconds);
for (let i = 0; Date.now() < untilMs; i++) {
  const id = `w${number}-${i}`;
  const startedAtMs = performance.now();
  try {
    const add = [await database.writeSegment([makeRow(id, [1, i])])];
    await database.commit(makeChange({ add }));
    acknowledged.push(id);
    latenciesMs.push(performance.now() - startedAtMs);
  } catch (error) {
    failures.push(String(error));
  }
}
process.send!({ acknowledged, latenciesMs, failures }, () => {
  process.disconnect();
});
