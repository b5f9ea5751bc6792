import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { appendMargins } from '../append-margins.ts';
import type { Archive } from '../archive.ts';
import { readXml, readXmlSteps, type XmlHandlers } from '../read-xml.ts';
import { pageSection, type ParsedFile, type Section, textSection } from '../section.ts';
import { OdfSheets } from './odf-sheets.ts';
import { OdfText } from './odf-text.ts';

export const ODF_CONTENT = 'content.xml';
const MANIFEST = 'META-INF/manifest.xml';
export const ODF_STYLES = 'styles.xml';
const MARGINS = new Set(['header', 'footer', 'header-left', 'footer-left', 'header-first', 'footer-first']);

export type OdfKind = 'odt' | 'ods' | 'odp';

/** Returns the kind of document that a media type of OpenDocument stands for. */
export function odfKindOf(mediaType: string): OdfKind | null {
  const word = /opendocument\.(text|spreadsheet|presentation)/.exec(mediaType)?.[1];
  if (word === 'text') return 'odt';
  if (word === 'spreadsheet') return 'ods';
  return word === 'presentation' ? 'odp' : null;
}

function checkEncryption(archive: Archive): void {
  const names = new Set<string>();
  const open = (name: string): void => void names.add(name);
  readXml(archive.find(MANIFEST) ?? new Uint8Array(0), { open }, MANIFEST);
  if (!names.has('encryption-data')) return;
  const message = 'The document is encrypted; remove its password and upload it again.';
  throw new IngestionFailure('UNSUPPORTED_FILE', message);
}

/** Headers and footers stand in the styles, for each kind of page: each distinct one is kept once, at the end. */
function readMargins(archive: Archive): string[] {
  const text = new OdfText();
  const lines = new Set<string>();
  let depth = 0;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (MARGINS.has(name)) depth++;
      if (depth > 0) text.open(name, attributes);
    },
    text(value) {
      if (depth > 0) text.text(value);
    },
    close(name) {
      if (depth > 0) text.close(name);
      if (!MARGINS.has(name)) return;
      depth--;
      for (const line of text.take().text.split('\n')) if (line.trim() !== '') lines.add(line.trim());
    },
  };
  readXml(archive.find(ODF_STYLES) ?? new Uint8Array(0), handlers, ODF_STYLES);
  return [...lines];
}

/** Runs the reader of a body over the document's content; yields after each piece of it. */
function* readBody(archive: Archive, reader: XmlHandlers): Generator<void> {
  let isBody = false;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (isBody) reader.open?.(name, attributes);
      isBody ||= name === 'body';
    },
    text(text) {
      if (isBody) reader.text?.(text);
    },
    close(name) {
      if (name === 'body') isBody = false;
      if (isBody) reader.close?.(name);
    },
  };
  yield* readXmlSteps(archive.require(ODF_CONTENT), handlers, ODF_CONTENT);
}

function* readDocument(archive: Archive): Generator<Section> {
  const reader = new OdfText();
  const steps = readBody(archive, reader);
  while (steps.next().done !== true);
  const { text, headings, tables } = reader.take();
  const whole = appendMargins(text, readMargins(archive));
  yield { ...textSection(whole, headings), tables };
}

function* readSpreadsheet(archive: Archive): Generator<Section> {
  const reader = new OdfSheets();
  const steps = readBody(archive, reader);
  while (steps.next().done !== true) yield* reader.take();
  yield* reader.take();
}

function* readSlides(archive: Archive): Generator<Section> {
  const reader = new OdfText();
  const ready: Section[] = [];
  let page = 0;
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === 'page' && ++page > INGESTION_LIMITS.pages) {
        const message = `The presentation has more than ${INGESTION_LIMITS.pages} slides.`;
        throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
      }
      reader.open(name, attributes);
    },
    text: (text) => {
      reader.text(text);
    },
    close(name) {
      reader.close(name);
      if (name !== 'page') return;
      const { text, headings, tables } = reader.take();
      ready.push({ ...pageSection(page, text, headings), tables });
    },
  };
  const steps = readBody(archive, handlers);
  while (steps.next().done !== true) yield* ready.splice(0);
  yield* ready.splice(0);
}

/** Parses an OpenDocument text, spreadsheet or presentation. Nothing linked is fetched, no formula is evaluated. */
export function parseOdf(archive: Archive, kind: OdfKind): ParsedFile {
  checkEncryption(archive);
  const readers = { odt: readDocument, ods: readSpreadsheet, odp: readSlides };
  return { sections: readers[kind](archive), hasUntypedValues: false, notes: [] };
}
