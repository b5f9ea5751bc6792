import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../../local/events/schedule-expression.ts';

const at = (text: string): number => Date.parse(text);

describe('schedule expressions', () => {
  it('fires a rate once its period is over', () => {
    const isDue = parseSchedule('rate(5 minutes)');
    const startMs = at('2026-01-01T00:00Z');

    expect(isDue(at('2026-01-01T00:04Z'), startMs)).toBe(false);
    expect(isDue(at('2026-01-01T00:05Z'), startMs)).toBe(true);
  });

  it.each([
    ['cron(0 3 * * ? *)', '2026-03-04T03:00Z', true],
    ['cron(0 3 * * ? *)', '2026-03-04T03:01Z', false],
    ['cron(*/15 * * * ? *)', '2026-03-04T10:45Z', true],
    ['cron(0/20 8-17 ? * MON-FRI *)', '2026-03-04T09:40Z', true],
    ['cron(0/20 8-17 ? * MON-FRI *)', '2026-03-07T09:40Z', false],
    ['cron(0 0 1 JAN,JUL ? 2026-2030)', '2026-07-01T00:00Z', true],
    ['cron(0 0 1 JAN,JUL ? 2027)', '2026-07-01T00:00Z', false],
  ])('evaluates %s at %s', (expression, time, expected) => {
    expect(parseSchedule(expression)(at(time), 0)).toBe(expected);
  });

  it.each([
    'every 5 minutes',
    'rate(0 minutes)',
    'cron(0 3 * * *)',
    'cron(61 3 * * ? *)',
    'cron(0 0 L * ? *)',
    'cron(5-1 * * * ? *)',
  ])('refuses %s', (expression) => {
    expect(() => parseSchedule(expression)).toThrow('schedule');
  });
});
