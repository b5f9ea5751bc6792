import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { Note } from '../left-out.ts';
import { RejectedRecords, type RejectedState } from '../rejected-records.ts';
import { decodeLines, decodeWhole } from './decode-text.ts';
import { jsonRecord } from './json-record.ts';
import { READ_WHOLE, type Resumption } from './resume-point.ts';
import type { ParsedFile, Section } from './section.ts';
import { createDecoder } from '../sniff/text-decoder.ts';
import type { SourceFile } from './source-file.ts';
import { ArraySplitter, type ArrayState, type Element } from './split-json-array.ts';
import { readJsonRecord } from './vectors/json-vector.ts';

/** Parses a piece of JSON; the parser's own message names what it met. */
export function parseJsonValue(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'it is not JSON';
    throw new IngestionFailure('VALIDATION', `${capitalise(location)} is not JSON: ${problem}.`, {
      location,
      cause: error,
    });
  }
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is known of an array. */
interface RecordsState {
  array: ArrayState;
  records: number;
  rejected: RejectedState;
}

/** Reads the elements of an array as records, and counts them. */
class ElementReader {
  readonly #splitter: ArraySplitter;
  readonly #rejected: RejectedRecords;
  #records: number;

  constructor(before: RecordsState | undefined) {
    this.#splitter = new ArraySplitter(before?.array);
    this.#rejected = new RejectedRecords(before?.rejected);
    this.#records = before?.records ?? 0;
  }

  get state(): RecordsState {
    return { array: this.#splitter.state, records: this.#records, rejected: this.#rejected.state };
  }

  *take(text: string): Generator<Section> {
    for (const element of this.#splitter.take(text)) {
      const section = this.#read(element, `record ${++this.#records}`);
      if (section) yield section;
    }
  }

  finish(): Note[] {
    this.#splitter.finish();
    return this.#rejected.settle(this.#records);
  }

  /** What is no JSON fails the file: where the element ends, and all behind it, was only guessed. */
  #read(element: Element, location: string): Section | null {
    const value = element instanceof IngestionFailure ? null : parseJsonValue(element, location);
    try {
      if (element instanceof IngestionFailure) throw element;
      return readJsonRecord(value, location);
    } catch (failure) {
      this.#rejected.add(failure);
      return null;
    }
  }
}

/** What an array is read from and with. */
interface ArraySource extends Resumption {
  file: SourceFile;
  encoding: string;
  notes: Note[];
}

async function* readArray({ file, encoding, notes, from, onPlace }: ArraySource): AsyncGenerator<Section> {
  const reader = new ElementReader(from?.state as RecordsState | undefined);
  for await (const { text, place } of decodeLines(file, encoding, notes, from)) {
    yield* reader.take(text);
    if (place) onPlace({ ...place, state: reader.state });
  }
  notes.push(...reader.finish());
}

function isListOfObjects(value: unknown): value is unknown[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'object' && item !== null)
  );
}

/** An object is one record, but its lists of objects are records of their own under the list's name. */
function* readTree(tree: unknown): Generator<Section> {
  if (typeof tree !== 'object' || tree === null) {
    yield { ...jsonRecord(tree, 'the document'), kind: 'TEXT' };
    return;
  }
  const entries = Object.entries(tree as Record<string, unknown>);
  const lists = entries.filter(([, value]) => isListOfObjects(value));
  const rest = Object.fromEntries(entries.filter(([, value]) => !isListOfObjects(value)));
  yield jsonRecord(rest, 'the document');
  for (const [name, list] of lists) {
    for (const [index, item] of (list as unknown[]).entries())
      yield jsonRecord(item, `${name}[${index}]`, [name]);
  }
}

async function* readDocument(file: SourceFile, encoding: string, notes: Note[]): AsyncGenerator<Section> {
  if (file.sizeBytes > INGESTION_LIMITS.jsonTreeBytes) {
    const message = `The JSON document is an object of ${file.sizeBytes} bytes; at most ${INGESTION_LIMITS.jsonTreeBytes} can be read. An array of records or JSON Lines may be larger.`;
    throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
  }
  yield* readTree(
    parseJsonValue((await decodeWhole(file, encoding, notes)).replace(/^\ufeff/, ''), 'the document'),
  );
}

/** Parses JSON: an array as a record an element, of which a few among many that are no records are left out; anything else as one document. */
export async function parseJson(
  file: SourceFile,
  encoding: string,
  resumption: Resumption = READ_WHOLE,
): Promise<ParsedFile> {
  const notes: Note[] = [];
  const start = createDecoder(encoding).decode((await file.readSample()).subarray(0, 4096), {
    stream: true,
  });
  const isArray = start.trimStart().startsWith('[');
  const sections = isArray
    ? readArray({ file, encoding, notes, ...resumption })
    : readDocument(file, encoding, notes);
  return { sections, hasUntypedValues: false, notes };
}
