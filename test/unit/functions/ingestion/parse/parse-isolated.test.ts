import type { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { parseIsolated } from '../../../../../functions/ingestion/parse/isolate/parse-isolated.ts';
import {
  PARSER_LIMITS,
  type ParserLimits,
} from '../../../../../functions/ingestion/parse/isolate/parser-worker.ts';
import { parseFile } from '../../../../../functions/ingestion/parse/parse-file.ts';
import type { Section } from '../../../../../functions/ingestion/parse/section.ts';
import { sniffFormat } from '../../../../../functions/ingestion/sniff/sniff-format.ts';
import { createXlsx } from '../../../../support/documents/create-office.ts';
import { createPdf } from '../../../../support/documents/create-pdf.ts';
import { parseBytes, sourceOf } from '../../../../support/parse-sample.ts';

async function collect(
  name: string,
  bytes: Uint8Array,
  limits: ParserLimits = PARSER_LIMITS,
): Promise<Section[]> {
  const parsed = await parseIsolated(sourceOf(name, bytes), sniffFormat(name, '', bytes), limits);
  const sections: Section[] = [];
  for await (const section of parsed.sections) sections.push(section);
  return sections;
}

const MIB = 1024 * 1024;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const workbook = createXlsx({
  S: [['a', 'b'], ...Array.from({ length: 3_000 }, (_, index) => ['x'.repeat(200), index])],
});

describe('a parser in a thread of its own', () => {
  it('gives what it gives in place, over many batches', async () => {
    const isolated = await collect('a.xlsx', workbook);

    expect(isolated).toHaveLength(3_000);
    expect(isolated).toEqual((await parseBytes('a.xlsx', workbook)).sections);
  });

  it('is asked for the formats that are read whole', async () => {
    const file = sourceOf('a.html', encode('<h1>Bees</h1>'));

    const { sections } = await parseFile(file, sniffFormat('a.html', '', await file.readSample()));

    expect(Symbol.asyncIterator in sections).toBe(true);
    const read = [];
    for await (const section of sections) read.push(section.text);
    expect(read).toEqual(['Bees']);
  });

  it('fails as it fails in place, and parses the next file', async () => {
    await expect(collect('a.pdf', encode('%PDF-1.7\nnothing'))).rejects.toMatchObject({
      kind: 'CORRUPT_DATA',
    });
    await expect(collect('a.html', encode('<div>'.repeat(5_000)))).rejects.toMatchObject({
      kind: 'VALIDATION',
    });

    const [first] = await collect('a.pdf', createPdf({ pages: [[{ x: 9, y: 9, text: 'still here' }]] }));
    expect(first?.text).toBe('still here');
  });

  it('that gives no result in time is ended, and the next file is parsed', async () => {
    const slow = encode(`<p>${'<b>x</b> '.repeat(400_000)}`);

    await expect(collect('a.html', slow, { ...PARSER_LIMITS, stepMs: 50 })).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining('0.05 seconds without a result') as string,
    });
    expect(await collect('a.html', encode('<p>next'))).toHaveLength(1);
  });

  it.each([
    ['heap', { heapMb: 24 }, /24 MB/],
    ['memory', { memoryBytes: 64 * MIB }, /64 MB/],
  ])('that fills its %s is ended, and the next file is parsed', async (_what, limits, words) => {
    const large = encode(`<p>${'<b>x</b> '.repeat(300_000)}`);

    await expect(collect('a.html', large, { ...PARSER_LIMITS, ...limits })).rejects.toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      message: expect.stringMatching(words) as string,
    });
    expect(await collect('a.html', encode('<p>next'))).toHaveLength(1);
  });

  it('is not charged with the memory of another', async () => {
    const large = encode(`<p>${'<b>x</b> '.repeat(300_000)}`);
    const limits = { ...PARSER_LIMITS, memoryBytes: 64 * MIB };
    const small = async (): Promise<number> => {
      let sections = 0;
      for (let file = 1; file <= 8; file++)
        sections += (await collect('a.html', encode('<p>x'), limits)).length;
      return sections;
    };

    const [, sections] = await Promise.all([collect('a.html', large), small()]);

    expect(sections).toBe(8);
  });

  it('is ended when it holds more and more from result to result', async () => {
    const rows = Array.from({ length: 120_000 }, (_, row) => [`${row}`.padEnd(100, 'x'), row]);
    const growing = createXlsx({ S: [['a', 'b'], ...rows] });
    const limits = { ...PARSER_LIMITS, memoryBytes: 64 * MIB };

    await expect(collect('a.xlsx', growing, limits)).rejects.toMatchObject({ kind: 'PAYLOAD_TOO_LARGE' });
  });

  it('is replaced once when it ended while it waited', async () => {
    vi.resetModules();
    const fresh = await import('../../../../../functions/ingestion/parse/isolate/parse-isolated.ts');
    const parse = async (text: string): Promise<void> => {
      const bytes = encode(`<p>${text}`);
      const { sections } = await fresh.parseIsolated(
        sourceOf('a.html', bytes),
        sniffFormat('a.html', '', bytes),
      );
      for await (const section of sections) expect(section.text).toBe(text);
    };
    const threads: Worker[] = [];
    const listen = (thread: Worker): void => void threads.push(thread);
    process.on('worker', listen);
    await parse('one');
    await threads[0]?.terminate();

    for (const text of ['two', 'three', 'four']) await parse(text);

    process.off('worker', listen);
    expect(threads).toHaveLength(2);
  });

  it('is ended when its reader leaves early', async () => {
    const parsed = await parseIsolated(sourceOf('a.xlsx', workbook), sniffFormat('a.xlsx', '', workbook));

    for await (const section of parsed.sections) {
      expect(section.values['b']).toBe(0);
      break;
    }

    expect(await collect('a.html', encode('<p>next'))).toHaveLength(1);
  });
});
