import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { decodeText, decodeWhole } from './decode-text.ts';
import { jsonRecord } from './json-record.ts';
import type { ParsedFile, Section } from './section.ts';
import { createDecoder } from '../sniff/text-decoder.ts';
import type { SourceFile } from './source-file.ts';
import { splitJsonArray } from './split-json-array.ts';
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

async function* readArray(file: SourceFile, encoding: string, notes: string[]): AsyncGenerator<Section> {
  let number = 0;
  for await (const element of splitJsonArray(decodeText(file, encoding, notes))) {
    const location = `record ${++number}`;
    yield readJsonRecord(parseJsonValue(element, location), location);
  }
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

async function* readDocument(file: SourceFile, encoding: string, notes: string[]): AsyncGenerator<Section> {
  if (file.sizeBytes > INGESTION_LIMITS.jsonTreeBytes) {
    const message = `The JSON document is an object of ${file.sizeBytes} bytes; at most ${INGESTION_LIMITS.jsonTreeBytes} can be read. An array of records or JSON Lines may be larger.`;
    throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
  }
  yield* readTree(
    parseJsonValue((await decodeWhole(file, encoding, notes)).replace(/^\ufeff/, ''), 'the document'),
  );
}

/** Parses JSON: an array as a record an element, anything else as one document. */
export async function parseJson(file: SourceFile, encoding: string): Promise<ParsedFile> {
  const notes: string[] = [];
  const start = createDecoder(encoding).decode((await file.readSample()).subarray(0, 4096), {
    stream: true,
  });
  const isArray = start.trimStart().startsWith('[');
  const sections = isArray ? readArray(file, encoding, notes) : readDocument(file, encoding, notes);
  return { sections, hasUntypedValues: false, notes };
}
