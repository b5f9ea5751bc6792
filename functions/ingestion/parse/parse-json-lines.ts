import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { Note } from '../left-out.ts';
import { RejectedRecords, type RejectedState } from '../rejected-records.ts';
import { decodeLines } from './decode-text.ts';
import { parseJsonValue } from './parse-json.ts';
import { READ_WHOLE, type Resumption } from './resume-point.ts';
import type { ParsedFile, Section } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { readJsonRecord } from './vectors/json-vector.ts';

/** What is known of a file's lines. */
interface LinesState {
  lines: number;
  records: number;
  rejected: RejectedState;
}

function tooLong(line: number): IngestionFailure {
  const message = `Line ${line} is longer than ${INGESTION_LIMITS.recordCharacters} characters.`;
  return new IngestionFailure('VALIDATION', message, { location: `line ${line}` });
}

/** Reads lines as records, and counts them. */
class LineReader {
  lines: number;
  records: number;
  readonly rejected: RejectedRecords;
  #open = '';

  constructor(before: LinesState | undefined) {
    this.lines = before?.lines ?? 0;
    this.records = before?.records ?? 0;
    this.rejected = new RejectedRecords(before?.rejected);
  }

  /** True when the next text begins a line. */
  get isBetweenLines(): boolean {
    return this.#open === '';
  }

  *take(text: string): Generator<Section> {
    const lines = text.split('\n');
    lines[0] = this.#open + (lines[0] ?? '');
    this.#open = lines.pop() ?? '';
    for (const line of lines) yield* this.#read(line);
    if (this.#open.length > INGESTION_LIMITS.waitedCharacters) throw tooLong(this.lines + 1);
  }

  *finish(): Generator<Section> {
    yield* this.#read(this.#open);
  }

  *#read(raw: string): Generator<Section> {
    this.lines++;
    if (raw.length > INGESTION_LIMITS.recordCharacters) {
      this.records++;
      this.rejected.add(tooLong(this.lines));
      return;
    }
    const line = raw.replace(/^\ufeff/, '').trim();
    if (line === '') return;
    this.records++;
    const location = `line ${this.lines}`;
    const section = readLine(line, location, this.rejected);
    if (section) yield section;
  }
}

function readLine(line: string, location: string, rejected: RejectedRecords): Section | null {
  try {
    return readJsonRecord(parseJsonValue(line, location), location);
  } catch (failure) {
    rejected.add(failure);
    return null;
  }
}

/** Parses JSON Lines: a record a line; empty lines are passed over, and a few that cannot be read among many are left out. */
export function parseJsonLines(
  file: SourceFile,
  encoding: string,
  { from, onPlace }: Resumption = READ_WHOLE,
): ParsedFile {
  const notes: Note[] = [];
  async function* readRecords(): AsyncGenerator<Section> {
    const reader = new LineReader(from?.state as LinesState | undefined);
    for await (const { text, place } of decodeLines(file, encoding, notes, from)) {
      yield* reader.take(text);
      if (!place || !reader.isBetweenLines) continue;
      const { lines, records, rejected } = reader;
      const state: LinesState = { lines, records, rejected: rejected.state };
      onPlace({ ...place, state });
    }
    yield* reader.finish();
    notes.push(...reader.rejected.settle(reader.records));
  }
  return { sections: readRecords(), hasUntypedValues: false, notes };
}
