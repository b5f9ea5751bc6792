import { Parser } from 'htmlparser2';
import { cleanText } from './clean-text.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { BLOCKS, HEAD_ELEMENTS, PARAGRAPHS, SKIPPED, VOID } from './html-elements.ts';
import { type CollectedText, TextCollector } from './text-collector.ts';

const HIDDEN_STYLE = /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*hidden)/i;
const MAX_DEPTH = 2_000;
const MAIN = /<main[\s>]|role\s*=\s*["']?main\b/i;
/** A main part with less text than this share of the page is not where the text is. */
const MAIN_SHARE = 0.25;

type Attributes = Record<string, string>;

/** How a page is read. */
interface Reading {
  skipped: ReadonlySet<string>;
  /** Reads the title and the main part alone. */
  isMainOnly: boolean;
  /** Tables without marked headers begin with one: so it is with tables of word processors. */
  isFirstRowHeader: boolean;
}

interface OpenElement {
  name: string;
  isSkipped: boolean;
  /** How deep in skipped elements the reader was before this one was read nevertheless. */
  depthBefore: number | null;
}

interface PageState {
  reading: Reading;
  collector: TextCollector;
  open: OpenElement[];
  /** The head that is open, if any. */
  head: OpenElement | null;
  skippedDepth: number;
  /** The depth at which nothing but the reading itself skips. */
  baseDepth: number;
  preDepth: number;
  cellDepth: number;
}

function isHidden(name: string, attributes: Attributes): boolean {
  if ('hidden' in attributes || attributes['aria-hidden'] === 'true') return true;
  if (name === 'input') return true;
  return HIDDEN_STYLE.test(attributes['style'] ?? '');
}

function isMain(name: string, attributes: Attributes): boolean {
  return name === 'main' || attributes['role'] === 'main';
}

function breakFor(state: PageState, name: string): void {
  if (!BLOCKS.has(name)) return;
  if (state.cellDepth > 0 && name !== 'tr') state.collector.appendCollapsed(' ');
  else state.collector.breakLine(PARAGRAPHS.has(name) ? 2 : 1);
}

function enterElement({ collector, reading, ...state }: PageState, name: string): void {
  if (/^h[1-6]$/.test(name)) collector.startHeading(Number(name[1]));
  if (name === 'title') collector.startHeading(1);
  if (name === 'li' && state.cellDepth === 0) collector.startItem();
  if (name === 'table') collector.startTable(reading);
  if (name === 'thead' || name === 'th') collector.markHeaderRow();
  if (name === 'td' || name === 'th') collector.separateCells();
}

function leaveElement({ collector }: PageState, name: string): void {
  if (/^h[1-6]$/.test(name) || name === 'title') collector.endHeading();
  if (name === 'li') collector.endItem();
  if (name === 'tr') collector.endRow();
  if (name === 'table') collector.endTable();
}

function countElement(state: PageState, name: string, step: 1 | -1): void {
  if (name === 'pre') state.preDepth += step;
  if (name === 'td' || name === 'th') state.cellDepth += step;
}

/** Pages often leave the head open: the first element that belongs to the body closes it. */
function leaveHead(state: PageState): void {
  if (!state.head?.isSkipped) return;
  state.head.isSkipped = false;
  state.skippedDepth--;
}

/** The title within a head, and the main part where only that is read, are read though what is around them is not. */
function isReadNevertheless(state: PageState, name: string, attributes: Attributes): boolean {
  const { skippedDepth, baseDepth, reading } = state;
  const parent = state.open.at(-1);
  if (name === 'title') return parent?.name === 'head' && parent.isSkipped && skippedDepth === baseDepth + 1;
  return reading.isMainOnly && skippedDepth === baseDepth && baseDepth > 0 && isMain(name, attributes);
}

function checkDepth({ open }: PageState): void {
  if (open.length < MAX_DEPTH) return;
  throw new IngestionFailure(
    'VALIDATION',
    `The HTML is nested deeper than ${MAX_DEPTH} elements; that is more than any page needs.`,
  );
}

function openElement(state: PageState, name: string, attributes: Attributes): OpenElement {
  const isSkipped = state.reading.skipped.has(name) || isHidden(name, attributes);
  const isRead = !isSkipped && isReadNevertheless(state, name, attributes);
  const element = { name, isSkipped, depthBefore: isRead ? state.skippedDepth : null };
  if (VOID.has(name)) return element;
  state.open.push(element);
  if (name === 'head') state.head = element;
  if (isSkipped) state.skippedDepth++;
  if (isRead) state.skippedDepth = 0;
  return element;
}

function createHandlers(state: PageState) {
  return {
    onopentag(name: string, attributes: Attributes): void {
      checkDepth(state);
      if (!HEAD_ELEMENTS.has(name)) leaveHead(state);
      const { isSkipped } = openElement(state, name, attributes);
      if (isSkipped || state.skippedDepth > 0) return;
      if (name === 'br') state.collector.breakLine(1);
      if (name === 'img' && attributes['alt']) state.collector.appendCollapsed(` ${attributes['alt']} `);
      breakFor(state, name);
      enterElement(state, name);
      countElement(state, name, 1);
    },
    ontext(raw: string): void {
      if (state.skippedDepth > 0) return;
      const text = cleanText(raw);
      if (state.preDepth > 0) state.collector.append(text);
      else state.collector.appendCollapsed(text);
    },
    onclosetag(name: string): void {
      if (VOID.has(name)) return;
      const element = state.open.pop();
      if (element === state.head) state.head = null;
      if (element?.isSkipped) state.skippedDepth--;
      else if (state.skippedDepth === 0) {
        leaveElement(state, name);
        countElement(state, name, -1);
        breakFor(state, name);
      }
      if (element && element.depthBefore !== null) state.skippedDepth = element.depthBefore;
    },
  };
}

function readPage(html: string, reading: Reading): CollectedText {
  const baseDepth = reading.isMainOnly ? 1 : 0;
  const state: PageState = {
    ...{ reading, collector: new TextCollector(), open: [], head: null },
    ...{ skippedDepth: baseDepth, baseDepth, preDepth: 0, cellDepth: 0 },
  };
  const parser = new Parser(createHandlers(state), { decodeEntities: true, lowerCaseTags: true });
  parser.end(html);
  return state.collector.finish();
}

/**
 * Returns what a reader sees of a page, headings and tables included; scripts, styles, hidden parts and navigation are left out, and where
 * the page marks a main part that holds its text, everything around that.
 */
export function readHtmlText(
  html: string,
  { isFirstRowHeader = false, isTitleRead = true } = {},
): CollectedText {
  const skipped = new Set([...SKIPPED, 'nav', ...(isTitleRead ? [] : ['title'])]);
  const withoutNavigation = { skipped, isMainOnly: false, isFirstRowHeader };
  const page = readPage(html, withoutNavigation);
  if (page.text.trim() === '') return readPage(html, { ...withoutNavigation, skipped: SKIPPED });
  if (!MAIN.test(html)) return page;
  const main = readPage(html, { ...withoutNavigation, isMainOnly: true });
  return main.text.length >= page.text.length * MAIN_SHARE ? main : page;
}
