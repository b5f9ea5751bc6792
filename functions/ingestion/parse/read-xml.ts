import { Parser } from 'htmlparser2';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';

export type XmlAttributes = Record<string, string>;

/** What hears of a document in its order; names come without their prefix, attributes as they are written. */
export interface XmlHandlers {
  open?(name: string, attributes: XmlAttributes): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Text is handed to the parser in pieces, so that its results can be taken while it works. */
const PIECE_CHARACTERS = 256 * 1024;

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function refuseEntities(): never {
  const message =
    'The document declares XML entities of its own; they can grow without end, so it is not read.';
  throw new IngestionFailure('VALIDATION', message);
}

function createParser(handlers: XmlHandlers, where: string): Parser {
  let depth = 0;
  return new Parser(
    {
      onopentag(name: string, attributes: XmlAttributes): void {
        if (++depth > INGESTION_LIMITS.xmlDepth) {
          const message = `The XML of "${where}" is nested deeper than ${INGESTION_LIMITS.xmlDepth} elements.`;
          throw new IngestionFailure('VALIDATION', message);
        }
        handlers.open?.(localName(name), attributes);
      },
      ontext: (text: string): void => handlers.text?.(text),
      onclosetag(name: string): void {
        depth--;
        handlers.close?.(localName(name));
      },
      onprocessinginstruction(name: string): void {
        if (name.toLowerCase() === '!entity') refuseEntities();
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
}

/** Returns the text of an XML file: UTF-8, or what its mark or declaration says. */
export function decodeXml(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i.exec(start)?.[1];
  try {
    return new TextDecoder(declared ?? 'utf-8').decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Reads XML piece by piece: between two pieces the caller can take what its handlers made. No entity is expanded but XML's own five, nothing is fetched. */
export function* readXmlSteps(bytes: Uint8Array, handlers: XmlHandlers, where: string): Generator<void> {
  const xml = decodeXml(bytes);
  // A declaration within a document type ends a tag for the parser, so its kind is looked for in the text.
  if (/<!ENTITY/i.test(xml.slice(0, PIECE_CHARACTERS))) refuseEntities();
  const parser = createParser(handlers, where);
  for (let at = 0; at < xml.length; at += PIECE_CHARACTERS) {
    parser.write(xml.slice(at, at + PIECE_CHARACTERS));
    yield;
  }
  parser.end();
  yield;
}

/** Reads a whole XML file. */
export function readXml(bytes: Uint8Array, handlers: XmlHandlers, where: string): void {
  const steps = readXmlSteps(bytes, handlers, where);
  while (steps.next().done !== true);
}
