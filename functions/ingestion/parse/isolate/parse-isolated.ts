import { IngestionFailure } from '../../ingestion-failure.ts';
import type { Note } from '../../left-out.ts';
import type { SniffedFile } from '../../sniff/sniff-format.ts';
import type { ParsedFile, Section } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';
import type { Deadline } from './deadline.ts';
import type { ParserAnswer, ParserFault } from './parser-messages.ts';
import { PARSER_LIMITS, type ParserLimits, ParserWorker } from './parser-worker.ts';

/** A thread keeps what its largest file took; after one beyond this it is not used again. */
const REUSED_UP_TO_BYTES = 16 * 1024 * 1024;

/** The thread that waits for the next file. */
let idle: ParserWorker | null = null;

function takeWorker(limits: ParserLimits): ParserWorker {
  // A thread may have ended while it waited.
  if (!idle?.isAlive) idle = null;
  if (limits !== PARSER_LIMITS || !idle) return new ParserWorker(limits);
  const worker = idle;
  idle = null;
  return worker;
}

async function giveBack(worker: ParserWorker, sizeBytes: number, limits: ParserLimits): Promise<void> {
  const isKept =
    worker.isAlive && !idle?.isAlive && limits === PARSER_LIMITS && sizeBytes <= REUSED_UP_TO_BYTES;
  if (!isKept) {
    await worker.stop();
    return;
  }
  worker.rest();
  idle = worker;
}

function toError({ kind, message, location, stack }: ParserFault): Error {
  if (kind !== null) return new IngestionFailure(kind, message, { location });
  const error = new Error(message);
  error.stack = stack;
  return error;
}

function unexpected({ kind }: ParserAnswer): Error {
  return new Error(`A parser's thread answered ${kind} out of turn.`);
}

/** Follows where the parser is, to say it when it does not come back. */
class Position {
  private page: number | null = null;
  private sections = 0;

  pass(section: Section): void {
    this.page = section.page ?? this.page;
    this.sections++;
  }

  describe(): string | null {
    if (this.page !== null) return `after page ${this.page}`;
    return this.sections === 0 ? null : `after section ${this.sections}`;
  }
}

/** What the sections of one file are received with. */
interface Reading {
  sizeBytes: number;
  limits: ParserLimits;
  notes: Note[];
  deadline: Deadline | undefined;
}

async function* receiveSections(
  worker: ParserWorker,
  { sizeBytes, limits, notes, deadline }: Reading,
): AsyncGenerator<Section> {
  const position = new Position();
  let isOver = false;
  try {
    for (;;) {
      const answer = await worker.next(() => position.describe(), deadline);
      isOver = answer.kind === 'DONE' || answer.kind === 'FAILED';
      if (answer.kind === 'FAILED') throw toError(answer.fault);
      if (answer.kind === 'OPENED') throw unexpected(answer);
      if (answer.kind === 'DONE') {
        notes.push(...answer.notes);
        return;
      }
      for (const section of answer.sections) {
        position.pass(section);
        yield section;
      }
      worker.send({ kind: 'MORE' });
    }
  } finally {
    // A reader that leaves early leaves a parser behind that is still at work.
    await (isOver ? giveBack(worker, sizeBytes, limits) : worker.stop());
  }
}

/** Parses a file in a thread of its own: its time between two results and its memory have ceilings that hold whatever the parser does. */
export async function parseIsolated(
  file: SourceFile,
  sniffed: SniffedFile,
  limits: ParserLimits = PARSER_LIMITS,
  deadline?: Deadline,
): Promise<ParsedFile> {
  const { name, contentType, sizeBytes } = file;
  const bytes = (await readWhole(file)).slice().buffer;
  const worker = takeWorker(limits);
  try {
    worker.send({ kind: 'PARSE', name, contentType, bytes, sniffed }, [bytes]);
    const answer = await worker.next(() => null, deadline);
    if (answer.kind === 'FAILED') {
      await giveBack(worker, sizeBytes, limits);
      throw toError(answer.fault);
    }
    if (answer.kind !== 'OPENED') throw unexpected(answer);
    const notes: Note[] = [];
    const { hasUntypedValues, contentType: found } = answer;
    const sections = receiveSections(worker, { sizeBytes, limits, notes, deadline });
    return { sections, hasUntypedValues, notes, ...(found === undefined ? {} : { contentType: found }) };
  } catch (error) {
    if (worker.isAlive && worker !== idle) await worker.stop();
    throw error;
  }
}
