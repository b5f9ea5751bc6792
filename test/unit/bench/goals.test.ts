import { describe, expect, it } from 'vitest';
import type { OperatingPoint } from '../../../bench/measure/sweep.ts';
import type { EngineReport } from '../../../bench/measure/measure-engine.ts';
import { datasetPlan } from '../../../bench/datasets/dataset-plan.ts';
import { judgeGoals } from '../../../bench/report/goals.ts';
import { formatTable } from '../../../bench/report/table.ts';

function point(target: number, queriesPerSecond: number, p99Ms: number): OperatingPoint {
  const fixed = { parameter: 1, label: 'ef 10', recall: target, p50Ms: 0.1, queries: 500, passes: 5 };
  return { ...fixed, target, queriesPerSecond, p99Ms };
}

function engine(name: string, chosen: OperatingPoint[]): EngineReport {
  const missing = { reason: 'not measured' };
  const result = { points: chosen, chosen, processBytes: 1, ownBytes: { codes: 150_000 * 100, all: 1 } };
  return {
    name,
    title: name,
    settings: '',
    version: missing,
    built: missing,
    builtOnOneThread: null,
    searched: { result },
    filtered: null,
    starts: [],
    coldReads: null,
    mixed: null,
  };
}

function judge(engines: EngineReport[]) {
  const datasets = [{ plan: datasetPlan('text150k'), engines }];
  const goals = judgeGoals({ datasets, keyword: [], bareStart: null, kernels: null });
  return (text: string) => goals.find((goal) => goal.text.includes(text))?.isMet;
}

describe('goals', () => {
  it('are met or not by the numbers of the run', () => {
    const ours = engine('ours', [point(0.95, 4000, 0.5), point(0.99, 1000, 2)]);
    const peer = engine('usearch-f32', [point(0.95, 2000, 0.6), point(0.99, 900, 2)]);

    const isMet = judge([ours, peer]);

    expect(isMet('text150k: 1.8 times')).toBe(true);
    expect(isMet('text150k: 1.6 times')).toBe(false);
    expect(isMet('text150k: p99')).toBe(true);
    expect(isMet('resident bytes')).toBe(true);
    expect(isMet('mnist784: 1.8 times')).toBeNull();
  });

  it('fail when our engine does not reach the recall', () => {
    const isMet = judge([engine('ours', []), engine('usearch-f32', [point(0.95, 2000, 0.6)])]);

    expect(isMet('text150k: 1.8 times')).toBe(false);
  });

  it('stay open when the peer was not measured', () => {
    const isMet = judge([engine('ours', [point(0.95, 4000, 0.5)])]);

    expect(isMet('text150k: 1.8 times')).toBeNull();
  });
});

describe('the goal of the f32 kernel', () => {
  it.each([
    ['plain reads      20.0 GB/s\nplain reads, cached  90.0 GB/s\ndotRows   18.5 GB/s', true],
    ['plain reads      20.0 GB/s\ndotRows   17.5 GB/s\ndotRows8   40.0 GB/s', false],
    ['dotRows   17.5 GB/s', null],
  ])('is read from what the kernels printed: %j', (result, isMet) => {
    const goals = judgeGoals({ datasets: [], keyword: [], bareStart: null, kernels: { result } });

    expect(goals.find((goal) => goal.text.startsWith('f32 kernel'))?.isMet).toBe(isMet);
  });
});

describe('a table', () => {
  it('lines up its columns', () => {
    expect(formatTable(['A', 'Longer'], [['one', '2']])).toBe(
      ['| A   | Longer |', '| --- | ------ |', '| one | 2      |'].join('\n'),
    );
  });
});
