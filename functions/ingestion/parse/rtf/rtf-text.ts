import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { appendMargins } from '../append-margins.ts';
import { cleanText, flattenText } from '../clean-text.ts';
import { type CollectedText, TextCollector } from '../text-collector.ts';
import { encodingOfCharset, encodingOfCodePage } from './rtf-charsets.ts';
import { ByteBuffer } from './byte-buffer.ts';
import { type RtfToken, RtfTokens } from './rtf-tokens.ts';

/** Groups whose content is not text of the document, beside those that mark themselves as optional. */
const LEFT_OUT = new Set(
  'colortbl info pict datafield fldinst listtable listoverridetable rsidtbl generator themedata colorschememapping latentstyles xmlnstbl revtbl filetbl annotation sp atnid atnauthor nonshppict blipuid bkmkstart bkmkend tc xe'.split(
    ' ',
  ),
);
/** Some writers mark these as optional, although every reader knows them. */
const FORMATTING = new Set('cs s ds ts'.split(' '));
const MARGINS = new Set('header headerl headerr headerf footer footerl footerr footerf'.split(' '));
const CHARACTERS: Record<string, string> = {
  emdash: '—',
  endash: '–',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  emspace: ' ',
  enspace: ' ',
  '~': ' ',
  _: '-',
  '\\': '\\',
  '{': '{',
  '}': '}',
};

/** `object` is what an embedded or linked object is made of, beside how it looks. */
type Destination = 'text' | 'none' | 'object' | 'fonts' | 'styles' | 'margin';

interface Group {
  destination: Destination;
  isHidden: boolean;
  font: number;
  /** How many characters stand after each one of Unicode for older readers. */
  fallback: number;
  /** What was read where an object begins. */
  around: 'text' | 'margin';
}

/** Reads RTF: text with headings, tables and notes; pictures, objects, fields' code, hidden and deleted text are left out. */
export class RtfText {
  private readonly collector = new TextCollector();
  private readonly margins = new Set<string>();
  private readonly groups: Group[] = [];
  private group: Group = { destination: 'text', isHidden: false, font: -1, fallback: 1, around: 'text' };
  private readonly encodingOfFont = new Map<number, string>();
  private readonly levelOfStyle = new Map<number, number>();
  private encoding = 'windows-1252';
  private readonly bytes = new ByteBuffer();
  private paragraph: string[] = [];
  private margin: string[] = [];
  private style = { number: 0, name: '' };
  private level: number | null = null;
  private toSkip = 0;
  private isOptional = false;
  private isGroupStart = false;
  private isInTable = false;
  private isTableOpen = false;

  read(bytes: Uint8Array): CollectedText {
    const tokens = new RtfTokens(bytes);
    for (let token = tokens.next(); token; token = tokens.next()) this.take(token);
    this.endParagraph();
    this.closeTable();
    const { text, ...found } = this.collector.finish();
    return { text: appendMargins(text, this.margins), ...found };
  }

  private take(token: RtfToken): void {
    if (token.kind === 'byte') {
      if (this.toSkip > 0) this.toSkip--;
      else this.bytes.add(Uint8Array.of(token.byte));
      return;
    }
    if (token.kind === 'text') {
      this.isGroupStart = false;
      const skipped = Math.min(this.toSkip, token.bytes.length);
      this.toSkip -= skipped;
      this.bytes.add(token.bytes.subarray(skipped));
      return;
    }
    this.flush();
    if (token.kind === 'open') this.openGroup();
    else if (token.kind === 'close') this.closeGroup();
    else this.takeWord(token.word, token.value);
  }

  private openGroup(): void {
    if (this.groups.length >= INGESTION_LIMITS.rtfGroups) {
      const message = `The RTF is nested deeper than ${INGESTION_LIMITS.rtfGroups} groups.`;
      throw new IngestionFailure('VALIDATION', message);
    }
    this.groups.push(this.group);
    this.group = { ...this.group };
    this.isGroupStart = true;
    this.toSkip = 0;
  }

  private closeGroup(): void {
    const { destination } = this.group;
    this.isGroupStart = false;
    this.group = this.groups.pop() ?? this.group;
    this.toSkip = 0;
    if (destination === 'styles' && this.group.destination === 'styles') this.endStyle();
    if (destination === 'margin' && this.group.destination !== 'margin') this.endMargin();
  }

  private endStyle(): void {
    const level = /heading (\d)/i.exec(this.style.name)?.[1];
    if (level !== undefined) this.levelOfStyle.set(this.style.number, Number(level));
    this.style = { number: 0, name: '' };
  }

  private endMargin(): void {
    const line = flattenText(cleanText(this.margin.join('')));
    if (line !== '') this.margins.add(line);
    this.margin = [];
  }

  /** Bytes wait until the next control, because a character may have several. */
  private flush(): void {
    const waiting = this.bytes.take();
    if (waiting.length === 0) return;
    const encoding = this.encodingOfFont.get(this.group.font) ?? this.encoding;
    const text = new TextDecoder(encoding).decode(waiting);
    this.write(text);
  }

  private write(raw: string): void {
    const { destination, isHidden } = this.group;
    if (destination === 'styles') this.style.name += raw.slice(0, 100);
    if (isHidden) return;
    if (destination === 'margin') this.margin.push(raw);
    if (destination === 'text') this.paragraph.push(raw);
  }

  private takeWord(word: string, value: number | null): void {
    if (word === '*') {
      // It speaks of a group, and stands at its beginning.
      this.isOptional = this.isGroupStart;
      return;
    }
    const isOptional = this.isOptional && !FORMATTING.has(word);
    this.isOptional = false;
    this.isGroupStart = false;
    if (this.enterDestination(word, isOptional)) return;
    if (this.toSkip > 0 && word in CHARACTERS) this.toSkip--;
    else if (word === 'u') this.takeUnicode(value ?? 0);
    else if (word in CHARACTERS) this.write(CHARACTERS[word] ?? '');
    else if (!this.takeBreak(word)) this.takeProperty(word, value);
  }

  private enterDestination(word: string, isOptional: boolean): boolean {
    const { group } = this;
    if (group.destination === 'none') return true;
    if (group.destination === 'object') {
      // How the object looks where it stands: a picture, or the text itself.
      if (word === 'result') group.destination = group.around;
      else if (isOptional) group.destination = 'none';
      return true;
    }
    if (word === 'fonttbl') group.destination = 'fonts';
    else if (word === 'stylesheet') group.destination = 'styles';
    else if (MARGINS.has(word)) group.destination = 'margin';
    else if (word === 'object') this.enterObject();
    else if (LEFT_OUT.has(word)) group.destination = 'none';
    else if (word === 'footnote') this.write(' ');
    else if (isOptional && word !== 'shpinst' && word !== 'shptxt') group.destination = 'none';
    else return false;
    return true;
  }

  private enterObject(): void {
    const { group } = this;
    if (group.destination === 'text' || group.destination === 'margin') group.around = group.destination;
    group.destination = 'object';
  }

  private takeUnicode(value: number): void {
    this.write(String.fromCharCode(value < 0 ? value + 65_536 : value));
    this.toSkip = this.group.fallback;
  }

  private takeBreak(word: string): boolean {
    if (word === 'tab') this.write(' ');
    else if (word === 'line') this.write('\n');
    else if (word === 'cell' || word === 'nestcell') this.endCell();
    else if (word === 'row' || word === 'nestrow') this.endRow();
    else if (word === 'par' || word === 'sect' || word === 'page') {
      if (this.group.destination === 'margin') this.write(' ');
      else this.endParagraph();
    } else return false;
    return true;
  }

  private takeProperty(word: string, value: number | null): void {
    const { group } = this;
    if (word === 'ansicpg') this.encoding = encodingOfCodePage(value ?? 1252);
    else if (word === 'mac') this.encoding = 'macintosh';
    else if (word === 'uc') group.fallback = Math.min(Math.max(0, value ?? 1), 8);
    else if (word === 'v' || word === 'deleted') group.isHidden = value !== 0;
    else if (word === 'f') group.font = value ?? -1;
    else if (word === 'fcharset' && group.destination === 'fonts') this.nameFont(value ?? 0);
    else if (word === 's') this.chooseStyle(value ?? 0);
    else if (word === 'outlinelevel' && group.destination === 'text') this.level = (value ?? 8) + 1;
    else if (word === 'plain') group.isHidden = false;
    else if (word === 'pard') this.startParagraph();
    else if (word === 'intbl' || word === 'trowd') this.isInTable = true;
  }

  private nameFont(charset: number): void {
    const encoding = encodingOfCharset(charset);
    if (encoding !== null) this.encodingOfFont.set(this.group.font, encoding);
  }

  private chooseStyle(number: number): void {
    if (this.group.destination === 'styles') this.style.number = number;
    else if (this.group.destination === 'text') this.level = this.levelOfStyle.get(number) ?? null;
  }

  private startParagraph(): void {
    this.level = null;
    this.isInTable = false;
  }

  private appendLines(): void {
    // Halves of a character may have come one by one: only the whole is clean text.
    const text = cleanText(this.paragraph.join(''));
    this.paragraph = [];
    for (const [index, line] of text.split('\n').entries()) {
      if (index > 0 && !this.isInTable) this.collector.breakLine(1);
      this.collector.appendCollapsed(line);
    }
  }

  private endParagraph(): void {
    if (this.isInTable) {
      this.paragraph.push(' ');
      return;
    }
    this.closeTable();
    const isHeading = this.level !== null && this.level <= 9;
    if (isHeading) this.collector.startHeading(this.level ?? 1);
    this.appendLines();
    if (isHeading) this.collector.endHeading();
    this.collector.breakLine(isHeading ? 2 : 1);
  }

  private endCell(): void {
    if (this.group.destination === 'margin') {
      this.write(' ');
      return;
    }
    if (!this.isTableOpen) {
      this.collector.breakLine(2);
      this.collector.startTable({ isFirstRowHeader: true });
      this.isTableOpen = true;
    }
    this.isInTable = true;
    this.appendLines();
    this.collector.separateCells();
  }

  private endRow(): void {
    if (this.group.destination === 'margin') return;
    this.appendLines();
    this.collector.endRow();
    this.collector.breakLine(1);
  }

  private closeTable(): void {
    if (!this.isTableOpen) return;
    this.isTableOpen = false;
    this.collector.endTable();
    this.collector.breakLine(2);
  }
}
