import type { Archive } from '../archive.ts';
import { cleanText } from '../clean-text.ts';
import { readXml, type XmlAttributes } from '../read-xml.ts';
import { TextCollector } from '../text-collector.ts';

const HEADERS_AND_FOOTERS = /^word\/(header|footer)\d*\.xml$/;

/** Collects the text of one header or footer; of cells that are merged with the one above, nothing shows. */
class MarginReader {
  private readonly collector = new TextCollector();
  /** For each cell that is open, whether it goes on from the one above. */
  private readonly cells: boolean[] = [];
  private isText = false;

  open(name: string, attributes: XmlAttributes): void {
    this.isText = name === 't';
    if (name === 'tab' || name === 'br' || name === 'ptab') this.collector.appendCollapsed(' ');
    if (name === 'vMerge' && this.cells.length > 0)
      this.cells[this.cells.length - 1] = attributes['w:val'] !== 'restart';
    if (name !== 'tc') return;
    this.cells.push(false);
    this.collector.separateCells();
  }

  text(value: string): void {
    if (this.isText && !this.cells.includes(true)) this.collector.appendCollapsed(cleanText(value));
  }

  close(name: string): void {
    this.isText = false;
    if (name === 'tc') this.cells.pop();
    if (name === 'tr' || name === 'tbl' || (name === 'p' && this.cells.length === 0))
      this.collector.breakLine(1);
    if (name === 'p' && this.cells.length > 0) this.collector.appendCollapsed(' ');
  }

  lines(): string[] {
    return this.collector.finish().text.split('\n');
  }
}

/** Headers and footers are short and repeat on every page: each distinct line is returned once. */
export function readMargins(archive: Archive): string[] {
  const lines = new Set<string>();
  for (const part of archive.names().filter((name) => HEADERS_AND_FOOTERS.test(name))) {
    const reader = new MarginReader();
    readXml(
      archive.find(part) ?? new Uint8Array(0),
      {
        open: (name, attributes) => {
          reader.open(name, attributes);
        },
        text: (value) => {
          reader.text(value);
        },
        close: (name) => {
          reader.close(name);
        },
      },
      part,
    );
    for (const line of reader.lines()) if (line.trim() !== '') lines.add(line.trim());
  }
  return [...lines];
}
