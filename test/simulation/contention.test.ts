import { describe, expect, it } from 'vitest';
import { percentile, runContention } from './model/run-contention.ts';

describe('writers of one database, each in a process of its own', () => {
  it('all get their turn: nobody waits for many times the fair share', async () => {
    const run = await runContention({ writers: 8, writesEach: 30, seed: 1, thinkMs: 20 });

    const fairMs = (run.tookMs / run.commits) * 8;
    expect(run.latenciesMs).toHaveLength(8 * 30);
    expect(percentile(run, 0.99)).toBeLessThan(5 * fairMs);
    expect(run.manifestsPut / run.commits).toBeLessThan(4);
    expect((run.commits / run.tookMs) * 1000).toBeGreaterThan(9);
  });

  it('costs one manifest each without contention', async () => {
    const run = await runContention({ writers: 1, writesEach: 10, seed: 1, thinkMs: 20 });

    expect(run.manifestsPut).toBe(10);
    expect(percentile(run, 1)).toBeLessThan(120);
  });

  it('does not fail when there are 24', async () => {
    const run = await runContention({ writers: 24, writesEach: 6, seed: 2, thinkMs: 20 });

    expect(run.latenciesMs).toHaveLength(24 * 6);
    expect(percentile(run, 1)).toBeLessThan(15_000);
  });
});
