import { cleanText } from '../clean-text.ts';
import type { XmlAttributes, XmlHandlers } from '../read-xml.ts';
import { type CollectedText, TextCollector } from '../text-collector.ts';

/** Comments, deleted text, tables of contents and the numbers of notes are not text of the document. */
const LEFT_OUT = new Set([
  'annotation',
  'tracked-changes',
  'note-citation',
  'table-of-content',
  'forms',
  'scripts',
  'date-time-decl',
  'footer-decl',
  'binary-data',
]);
const MAX_SPACES = 100;

/** Collects the text of an OpenDocument body as its XML is read: paragraphs, headings, lists, tables, notes in brackets at their place. */
export class OdfText implements XmlHandlers {
  private collector = new TextCollector();
  private leftOut = 0;
  private paragraphs = 0;
  private notes = 0;
  private cells = 0;
  private isItemOpen = false;
  private isNoteBegun = false;

  open(name: string, attributes: XmlAttributes): void {
    if (LEFT_OUT.has(name)) this.leftOut++;
    if (this.leftOut > 0) return;
    if (name === 'p' || name === 'h') this.openParagraph(name, attributes);
    else if (name === 's')
      this.collector.append(' '.repeat(Math.min(Number(attributes['text:c'] ?? 1), MAX_SPACES)));
    else if (name === 'tab') this.collector.appendCollapsed(' ');
    else if (name === 'line-break') this.collector.breakLine(1);
    else if (name === 'list-item') this.isItemOpen = true;
    else if (name === 'note') this.openNote();
    else this.openTablePart(name);
  }

  private openParagraph(name: string, attributes: XmlAttributes): void {
    this.paragraphs++;
    if (this.isNoteBegun) this.collector.appendCollapsed(' ');
    if (name === 'h') this.collector.startHeading(Number(attributes['text:outline-level'] ?? 1) || 1);
    if (this.isItemOpen && this.cells === 0) this.collector.append('- ');
    this.isItemOpen = false;
  }

  private openNote(): void {
    this.notes++;
    this.isNoteBegun = false;
    this.collector.append(' (');
  }

  private openTablePart(name: string): void {
    if (name === 'table') {
      this.collector.breakLine(2);
      this.collector.startTable({ isFirstRowHeader: true });
    } else if (name === 'table-header-rows') this.collector.markHeaderRow();
    else if (name === 'table-cell') {
      this.cells++;
      this.collector.separateCells();
    } else if (name === 'frame' || name === 'page') this.collector.breakLine(2);
  }

  text(text: string): void {
    if (this.paragraphs > 0 && this.leftOut === 0) this.collector.appendCollapsed(cleanText(text));
  }

  close(name: string): void {
    if (LEFT_OUT.has(name)) this.leftOut--;
    else if (this.leftOut > 0) return;
    else if (name === 'p' || name === 'h') this.closeParagraph(name);
    else if (name === 'note') {
      this.notes--;
      this.isNoteBegun = false;
      this.collector.append(')');
    } else if (name === 'table-cell') this.cells--;
    else if (name === 'table-row') {
      this.collector.endRow();
      this.collector.breakLine(1);
    } else if (name === 'table') {
      this.collector.endTable();
      this.collector.breakLine(2);
    } else if (name === 'list-item') this.isItemOpen = false;
    else if (name === 'list') this.collector.breakLine(2);
  }

  private closeParagraph(name: string): void {
    this.paragraphs--;
    if (name === 'h') this.collector.endHeading();
    if (this.notes > 0) this.isNoteBegun = true;
    else if (this.cells > 0) this.collector.appendCollapsed(' ');
    else this.collector.breakLine(name === 'h' ? 2 : 1);
  }

  /** Returns what was collected since the last time. */
  take(): CollectedText {
    const collected = this.collector.finish();
    this.collector = new TextCollector();
    return collected;
  }
}
