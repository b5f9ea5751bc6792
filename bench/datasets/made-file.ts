import { uniformSource } from './gaussian-source.ts';
import { zipfWords } from './zipf-text.ts';

/** What a file is made of. */
export interface MadeFile {
  format: 'jsonl' | 'csv';
  sizeBytes: number;
  /** The mean of a record's line. */
  recordBytes: number;
  seed: number;
}

/** As many words as have the frequencies of natural text; drawing one is then one look. */
const DRAWN_WORDS = 1 << 18;
const BLOCK_BYTES = 1 << 20;
/** What a line has besides its text. */
const OTHER_BYTES = 110;
const KINDS = ['invoice', 'letter', 'note', 'order', 'report', 'ticket'];
const FIRST_DAY = Date.UTC(2020, 0, 1);
const DAY_MS = 86_400_000;

/** Makes the lines of a file; every third has commas and a quotation mark in its text, as texts have. */
function lineSource({ format, recordBytes, seed }: MadeFile): (id: number) => string {
  const uniform = uniformSource(seed);
  const words = zipfWords(seed, DRAWN_WORDS);
  const meanTextBytes = Math.max(20, recordBytes - OTHER_BYTES);
  return (id) => {
    const textBytes = meanTextBytes * (0.5 + uniform());
    const drawn: string[] = [];
    for (let length = 0; length < textBytes;) {
      const word = words[Math.floor(uniform() * DRAWN_WORDS)] ?? '';
      drawn.push(word);
      length += word.length + 1;
    }
    const text = id % 3 === 0 ? `${drawn.join(' ')}, "${drawn[0]}"` : drawn.join(' ');
    const kind = KINDS[Math.floor(uniform() * KINDS.length)];
    const price = Math.round(uniform() * 100_000) / 100;
    const day = new Date(FIRST_DAY + Math.floor(uniform() * 2_000) * DAY_MS).toISOString().slice(0, 10);
    if (format === 'jsonl') return `${JSON.stringify({ id, kind, price, day, open: id % 2 === 0, text })}\n`;
    return `${id},${kind},${price},${day},${id % 2 === 0},"${text.replaceAll('"', '""')}"\n`;
  };
}

/** Makes a file of records from a fixed seed, block by block: the same size and seed give the same bytes. It ends after the line that fills it. */
export function* makeFile(made: MadeFile): Generator<Buffer, number> {
  const lineOf = lineSource(made);
  let lines = made.format === 'csv' ? ['id,kind,price,day,open,text\n'] : [];
  let [blockBytes, total, records] = [lines[0]?.length ?? 0, lines[0]?.length ?? 0, 0];
  while (total < made.sizeBytes) {
    const line = lineOf(records++);
    lines.push(line);
    blockBytes += line.length;
    total += line.length;
    if (blockBytes < BLOCK_BYTES) continue;
    yield Buffer.from(lines.join(''));
    lines = [];
    blockBytes = 0;
  }
  yield Buffer.from(lines.join(''));
  return records;
}
