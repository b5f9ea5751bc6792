import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What one writer reports at its end. */
export interface WriterReport {
  /** Ids, in the order of their commits. */
  acknowledged: string[];
  latenciesMs: number[];
  failures: string[];
}

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));

/** Lets processes upsert into the database of a folder, each as fast as it can. */
export function writeTogether(folder: string, writers: number, forMs: number): Promise<WriterReport[]> {
  return Promise.all(
    Array.from({ length: writers }, async (_, i) => {
      const child = fork(WRITER, [folder, String(i), String(forMs)], { execArgv: [] });
      const ended = once(child, 'exit');
      const report = await Promise.race([once(child, 'message'), ended.then(() => null)]);
      await ended;
      if (report === null) throw new Error(`writer ${i} ended without a report`);
      return report[0] as WriterReport;
    }),
  );
}
