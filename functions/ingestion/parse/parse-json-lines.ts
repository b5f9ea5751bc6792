import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { RejectedRecords } from '../rejected-records.ts';
import { decodeText } from './decode-text.ts';
import { parseJsonValue } from './parse-json.ts';
import type { ParsedFile, Section } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { readJsonRecord } from './vectors/json-vector.ts';

function requireLength(length: number, line: number): void {
  if (length <= INGESTION_LIMITS.recordCharacters) return;
  const message = `Line ${line} is longer than ${INGESTION_LIMITS.recordCharacters} characters.`;
  throw new IngestionFailure('VALIDATION', message, { location: `line ${line}` });
}

async function* readLines(blocks: AsyncIterable<string>): AsyncGenerator<string> {
  let open = '';
  let number = 1;
  for await (const block of blocks) {
    const lines = block.split('\n');
    lines[0] = open + (lines[0] ?? '');
    open = lines.pop() ?? '';
    for (const line of lines) {
      requireLength(line.length, number++);
      yield line;
    }
    requireLength(open.length, number);
  }
  yield open;
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
export function parseJsonLines(file: SourceFile, encoding: string): ParsedFile {
  const notes: string[] = [];
  async function* readRecords(): AsyncGenerator<Section> {
    const rejected = new RejectedRecords();
    let number = 0;
    let records = 0;
    for await (const raw of readLines(decodeText(file, encoding, notes))) {
      number++;
      const line = raw.replace(/^\ufeff/, '').trim();
      if (line === '') continue;
      records++;
      const section = readLine(line, `line ${number}`, rejected);
      if (section) yield section;
    }
    notes.push(...rejected.settle(records));
  }
  return { sections: readRecords(), hasUntypedValues: false, notes };
}
