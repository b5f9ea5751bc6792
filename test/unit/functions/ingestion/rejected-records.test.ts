import { describe, expect, it } from 'vitest';
import { IngestionFailure } from '../../../../functions/ingestion/ingestion-failure.ts';
import { describeLeftOut } from '../../../../functions/ingestion/left-out.ts';
import { RejectedRecords } from '../../../../functions/ingestion/rejected-records.ts';
import { createZip } from '../../../support/create-zip.ts';
import { parseBytes } from '../../../support/parse-sample.ts';

const failureAt = (line: number): IngestionFailure =>
  new IngestionFailure('VALIDATION', `Line ${line} is not JSON.`, { location: `line ${line}` });

describe('records that cannot be read', () => {
  it('are left out and named when they are one in a hundred', () => {
    const rejected = new RejectedRecords();
    for (let line = 1; line <= 12; line++) rejected.add(failureAt(line));

    const [note, ...others] = rejected.settle(1_200);

    expect(others).toEqual([]);
    expect(note?.message).toMatch(
      /^12 of 1,200 records could not be read and were left out: Line 1 is not JSON[.] Line 2/,
    );
    expect(note?.message).toMatch(/Line 10 is not JSON[.] And 2 more[.]$/);
    expect(note?.location).toMatch(/^line 1, line 2, .*, line 10 and 2 more$/);
  });

  it('fail a file in which they are more', () => {
    const rejected = new RejectedRecords();
    rejected.add(failureAt(7));

    expect(() => rejected.settle(99)).toThrow('Line 7 is not JSON.');
    expect(rejected.settle(100)).toHaveLength(1);
  });

  it('are not waited for beyond a thousand', () => {
    const rejected = new RejectedRecords();
    for (let line = 1; line <= 1_000; line++) rejected.add(failureAt(line));

    expect(() => {
      rejected.add(failureAt(1_001));
    }).toThrow('Line 1 is not JSON.');
  });

  it('do not hide failures of another kind', () => {
    const rejected = new RejectedRecords();
    const ofStore = new Error('the store is away');

    expect(() => {
      rejected.add(ofStore);
    }).toThrow(ofStore);
    expect(() => {
      rejected.add(new IngestionFailure('PAYLOAD_TOO_LARGE', 'too long'));
    }).toThrow('too long');
    expect(rejected.settle(10)).toEqual([]);
  });

  it('are left out of JSON Lines, whose other lines stay in place', async () => {
    const lines = Array.from({ length: 300 }, (_, n) => JSON.stringify({ text: `lighthouse ${n}` }));
    lines[41] = '{"text": "lighthouse 41"';

    const { sections, notes, leftOut } = await parseBytes('log.jsonl', lines.join('\n'));

    expect(sections).toHaveLength(299);
    expect(notes).toEqual([
      expect.stringMatching(/^1 of 300 records could not be read and were left out: Line 42 is not JSON/),
    ]);
    expect(leftOut).toEqual({
      kind: 'VALIDATION',
      message: notes[0],
      location: 'line 42',
      retryable: false,
    });
  });

  it('are named with the file within that they are of', async () => {
    const lines = Array.from({ length: 100 }, (_, n) => JSON.stringify({ text: `lighthouse ${n}` }));
    lines[6] = 'lighthouse';

    const { leftOut } = await parseBytes(
      'all.zip',
      createZip({ 'logs/a.jsonl': lines.join('\n'), 'b.pdf': '%PDF-1.7 broken' }),
    );

    expect(leftOut?.location).toBe('logs/a.jsonl, line 7; b.pdf');
    expect(leftOut?.message).toMatch(/^logs\/a[.]jsonl: 1 of 100 records .*"b[.]pdf" was left out: /);
  });

  it('are told in so many words and no more', () => {
    const long = { kind: 'VALIDATION' as const, message: 'x'.repeat(3_000), location: 'y'.repeat(900) };

    const error = describeLeftOut([long, 'a note', long]);

    expect([error?.message.length, error?.location?.length]).toEqual([4_000, 1_000]);
    expect(describeLeftOut(['a note'])).toBeNull();
  });
});
