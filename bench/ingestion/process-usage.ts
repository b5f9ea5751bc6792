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

/** Ticks of a second that /proc counts in, on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Returns the processor time that a process has taken, over all its threads; 0 where the system does not tell it. */
export async function readCpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the process may hold spaces; it ends with the last bracket, and the times are the 12th and 13th fields behind.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

/** Returns the sample nearest to a share of the way. */
export function sampleAt(samples: readonly MemorySample[], percent: number): MemorySample | undefined {
  return samples.find((sample) => sample.percent >= percent) ?? samples.at(-1);
}
