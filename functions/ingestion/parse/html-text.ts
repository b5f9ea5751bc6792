import { Parser } from 'htmlparser2';
import { cleanText } from './clean-text.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import type { Heading } from './section.ts';

/** The text of a page and its headings. */
export interface HtmlText {
  text: string;
  headings: Heading[];
}

/** Elements whose content is not text for a reader of the page. */
const SKIPPED = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'canvas',
  'iframe',
  'object',
  'embed',
  'audio',
  'video',
  'map',
  'math',
  'datalist',
  'head',
]);
const HEAD_ELEMENTS = new Set([
  'head',
  'title',
  'meta',
  'link',
  'script',
  'style',
  'base',
  'noscript',
  'template',
]);
const NAVIGATION = new Set(['nav']);
const VOID = new Set([
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'param',
  'source',
  'track',
  'wbr',
]);
const BLOCKS = new Set([
  'address',
  'article',
  'aside',
  'blockquote',
  'body',
  'caption',
  'center',
  'dd',
  'details',
  'dialog',
  'div',
  'dl',
  'dt',
  'fieldset',
  'figcaption',
  'figure',
  'footer',
  'form',
  'header',
  'hr',
  'li',
  'main',
  'nav',
  'ol',
  'option',
  'p',
  'pre',
  'section',
  'summary',
  'table',
  'tbody',
  'tfoot',
  'thead',
  'title',
  'tr',
  'ul',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
]);
/** These are set apart by an empty line, the other blocks by a line break. */
const PARAGRAPHS = new Set([
  'p',
  'table',
  'ul',
  'ol',
  'dl',
  'pre',
  'blockquote',
  'section',
  'article',
  'title',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
]);
const HIDDEN_STYLE = /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*hidden)/i;
const MAX_DEPTH = 2_000;
/** A page with more is data; the rest of its headings are text alone. */
const MAX_HEADINGS = 100_000;

type Attributes = Record<string, string>;

function isHidden(name: string, attributes: Attributes): boolean {
  if ('hidden' in attributes || attributes['aria-hidden'] === 'true') return true;
  if (name === 'input') return true;
  return HIDDEN_STYLE.test(attributes['style'] ?? '');
}

/** Collects text with breaks between blocks; white space collapses outside `pre`, and none is left at the end of a line. */
class TextCollector {
  private readonly parts: string[] = [];
  private length = 0;
  private pendingBreaks = 0;
  private isSpacePending = false;
  private isBetweenCells = false;
  readonly headings: Heading[] = [];
  private heading: { level: number; offset: number; parts: string[] } | null = null;

  append(text: string): void {
    if (text === '') return;
    const separator = this.takeSeparator();
    this.push(separator);
    if (this.heading && this.heading.parts.length === 0) this.heading.offset = this.length;
    this.heading?.parts.push(separator, text);
    this.push(text);
  }

  private takeSeparator(): string {
    let separator = '';
    if (this.length > 0 && this.pendingBreaks > 0) separator = '\n'.repeat(this.pendingBreaks);
    else if (this.length > 0 && this.isBetweenCells) separator = ' | ';
    else if (this.length > 0 && this.isSpacePending) separator = ' ';
    this.pendingBreaks = 0;
    this.isBetweenCells = false;
    this.isSpacePending = false;
    return separator;
  }

  private push(text: string): void {
    this.parts.push(text);
    this.length += text.length;
  }

  appendCollapsed(text: string): void {
    const collapsed = text.replace(/[ \t\n\r\f\u00a0]+/g, ' ');
    if (collapsed.startsWith(' ')) this.isSpacePending = true;
    this.append(collapsed.trim());
    if (collapsed.endsWith(' ')) this.isSpacePending = true;
  }

  breakLine(lines: number): void {
    this.pendingBreaks = Math.max(this.pendingBreaks, lines);
    this.isBetweenCells = false;
  }

  /** Cells of a row stand apart by a bar; empty ones leave no trace. */
  separateCells(): void {
    if (this.pendingBreaks === 0) this.isBetweenCells = true;
  }

  startHeading(level: number): void {
    this.heading = { level, offset: this.length, parts: [] };
  }

  endHeading(): void {
    const { level, offset, parts } = this.heading ?? { level: 1, offset: 0, parts: [] };
    const title = parts.join('').replace(/\s+/g, ' ').trim();
    if (title !== '' && this.headings.length < MAX_HEADINGS) this.headings.push({ offset, level, title });
    this.heading = null;
  }

  finish(): HtmlText {
    return { text: this.parts.join(''), headings: this.headings };
  }
}

interface OpenElement {
  name: string;
  isSkipped: boolean;
}

interface PageState {
  collector: TextCollector;
  open: OpenElement[];
  /** The head that is open, if any. */
  head: OpenElement | null;
  skippedDepth: number;
  preDepth: number;
  cellDepth: number;
}

function breakFor(state: PageState, name: string): void {
  if (!BLOCKS.has(name)) return;
  if (state.cellDepth > 0 && name !== 'tr') state.collector.appendCollapsed(' ');
  else state.collector.breakLine(PARAGRAPHS.has(name) ? 2 : 1);
}

function enterElement(state: PageState, name: string): void {
  const { collector } = state;
  if (/^h[1-6]$/.test(name)) collector.startHeading(Number(name[1]));
  if (name === 'title') collector.startHeading(1);
  if (name === 'pre') state.preDepth++;
  if (name === 'li' && state.cellDepth === 0) collector.append('- ');
  if (name !== 'td' && name !== 'th') return;
  collector.separateCells();
  state.cellDepth++;
}

function leaveElement(state: PageState, name: string): void {
  if (/^h[1-6]$/.test(name) || name === 'title') state.collector.endHeading();
  if (name === 'pre') state.preDepth--;
  if (name === 'td' || name === 'th') state.cellDepth--;
}

/** Pages often leave the head open: the first element that belongs to the body closes it. */
function leaveHead(state: PageState): void {
  if (!state.head?.isSkipped) return;
  state.head.isSkipped = false;
  state.skippedDepth--;
}

function createHandlers(state: PageState, skipped: ReadonlySet<string>) {
  function isSkippedElement(name: string, attributes: Attributes): boolean {
    if (state.skippedDepth > 0 && name === 'title' && state.open.at(-1)?.name === 'head') return false;
    return skipped.has(name) || isHidden(name, attributes);
  }

  return {
    onopentag(name: string, attributes: Attributes): void {
      if (state.open.length >= MAX_DEPTH) {
        throw new IngestionFailure(
          'VALIDATION',
          `The HTML is nested deeper than ${MAX_DEPTH} elements; that is more than any page needs.`,
        );
      }
      if (!HEAD_ELEMENTS.has(name)) leaveHead(state);
      const isSkipped = isSkippedElement(name, attributes);
      const isTitle = name === 'title' && !isSkipped && state.open.at(-1)?.name === 'head';
      const element = { name, isSkipped };
      if (!VOID.has(name)) state.open.push(element);
      if (name === 'head') state.head = element;
      if (isSkipped && !VOID.has(name)) state.skippedDepth++;
      if (isTitle) state.skippedDepth--;
      if (isSkipped || state.skippedDepth > 0) return;
      if (name === 'br') state.collector.breakLine(1);
      if (name === 'img' && attributes['alt']) state.collector.appendCollapsed(` ${attributes['alt']} `);
      breakFor(state, name);
      enterElement(state, name);
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
        breakFor(state, name);
        if (name === 'title' && state.open.at(-1)?.name === 'head') state.skippedDepth++;
      }
    },
  };
}

function readPage(html: string, skipped: ReadonlySet<string>): HtmlText {
  const state: PageState = {
    collector: new TextCollector(),
    open: [],
    head: null,
    skippedDepth: 0,
    preDepth: 0,
    cellDepth: 0,
  };
  const parser = new Parser(createHandlers(state, skipped), { decodeEntities: true, lowerCaseTags: true });
  parser.end(html);
  return state.collector.finish();
}

/** Returns what a reader sees of a page, headings and tables included; scripts, styles, hidden parts and navigation are left out. */
export function readHtmlText(html: string): HtmlText {
  const page = readPage(html, new Set([...SKIPPED, ...NAVIGATION]));
  return page.text.trim() === '' ? readPage(html, SKIPPED) : page;
}
