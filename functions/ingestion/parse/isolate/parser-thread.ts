import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { memoryFile } from '../contained-files.ts';
import { parseInPlace } from '../parse-in-place.ts';
import type { ParsedFile, Section } from '../section.ts';
import {
  ANSWERS_AHEAD,
  PARSER_THREAD,
  type ParserAnswer,
  type ParserFault,
  type ParserRequest,
} from './parser-messages.ts';

/**
 * Where a parser's thread begins: this module, or the bundle that it is part of. Its last line makes a thread that was started for parsing
 * parse; everywhere else it does nothing.
 */
export const PARSER_ENTRY = new URL(import.meta.url);

const BATCH_CHARACTERS = 256 * 1024;
const BATCH_SECTIONS = 512;
/** A slow parser shows that it is alive. */
const BATCH_MS = 1_000;

function describeFault(error: unknown): ParserFault {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof IngestionFailure)
    return { kind: error.kind, message, location: error.location, stack };
  if (!(error instanceof RangeError)) return { kind: null, message, location: null, stack };
  const isDeep = message.includes('call stack');
  const shown = isDeep
    ? 'The file is nested too deeply to be read.'
    : `The file is too large to be read in one piece: ${message}.`;
  return { kind: isDeep ? 'VALIDATION' : 'PAYLOAD_TOO_LARGE', message: shown, location: null, stack };
}

/** Hands sections over in batches, and waits when the reader is behind. */
class SectionSender {
  private readonly port: MessagePort;
  private batch: Section[] = [];
  private characters = 0;
  private sentAt = performance.now();
  private credit = ANSWERS_AHEAD;
  private goOn: (() => void) | null = null;

  constructor(port: MessagePort) {
    this.port = port;
  }

  allowMore(): void {
    this.credit++;
    this.goOn?.();
  }

  async add(section: Section): Promise<void> {
    this.batch.push(section);
    this.characters += section.text.length + (section.vector?.length ?? 0);
    const isDue = performance.now() - this.sentAt > BATCH_MS;
    if (isDue || this.characters >= BATCH_CHARACTERS || this.batch.length >= BATCH_SECTIONS)
      await this.flush();
  }

  async flush(): Promise<void> {
    if (this.batch.length === 0) return;
    while (this.credit === 0)
      await new Promise<void>((resolve) => {
        this.goOn = resolve;
      });
    this.credit--;
    this.port.postMessage({ kind: 'SECTIONS', sections: this.batch } satisfies ParserAnswer);
    this.batch = [];
    this.characters = 0;
    this.sentAt = performance.now();
  }
}

async function sendSections({ sections }: ParsedFile, sender: SectionSender): Promise<void> {
  for await (const section of sections) await sender.add(section);
  await sender.flush();
}

function serve(port: MessagePort): void {
  let sender = new SectionSender(port);
  const answer = (message: ParserAnswer): void => {
    port.postMessage(message);
  };
  async function parse(request: ParserRequest & { kind: 'PARSE' }): Promise<void> {
    const { name, contentType, bytes, sniffed } = request;
    sender = new SectionSender(port);
    const file = { ...memoryFile(name, new Uint8Array(bytes)), contentType };
    const parsed = await parseInPlace(file, sniffed);
    const { hasUntypedValues, contentType: found } = parsed;
    answer({ kind: 'OPENED', hasUntypedValues, contentType: found });
    await sendSections(parsed, sender);
    answer({ kind: 'DONE', notes: parsed.notes });
  }
  port.on('message', (request: ParserRequest) => {
    if (request.kind === 'MORE') sender.allowMore();
    else
      parse(request).catch((error: unknown) => {
        answer({ kind: 'FAILED', fault: describeFault(error) });
      });
  });
}

if (parentPort && workerData === PARSER_THREAD) serve(parentPort);
