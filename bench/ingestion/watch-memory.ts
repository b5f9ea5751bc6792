import { readFile } from 'node:fs/promises';

const KIB = 1_024;

/** The memory of a process while it works. */
export interface MemorySample {
  seconds: number;
  residentBytes: number;
  /** How far the work had come, in percent. */
  percent: number;
}

/** Returns the resident memory of a process; null where the system does not tell it. */
export async function readResidentBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * KIB;
}

/** Returns the sample nearest to a share of the way. */
export function sampleAt(samples: readonly MemorySample[], percent: number): MemorySample | undefined {
  return samples.find((sample) => sample.percent >= percent) ?? samples.at(-1);
}
