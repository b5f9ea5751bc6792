import type { Archive } from '../archive.ts';
import { cleanText, flattenText } from '../clean-text.ts';
import { readXml, type XmlAttributes } from '../read-xml.ts';
import type { Relation } from './read-relations.ts';

/** One row of numbers of a chart, as the document keeps them beside the sheet that they come from. */
interface Series {
  name: string;
  /** By their place along the axis. */
  categories: Map<number, string>;
  values: Map<number, string>;
  /** Whether the categories are words; numbers against numbers are a cloud of points, which says nothing as text. */
  isNamed: boolean;
}

type SeriesPart = 'tx' | 'cat' | 'val';
const SERIES_PARTS: ReadonlySet<string> = new Set<SeriesPart>(['tx', 'cat', 'val']);

class ChartText {
  private readonly titles: string[] = [];
  private readonly series: Series[] = [];
  private title: string[] | null = null;
  private open: Series | null = null;
  private part: SeriesPart | null = null;
  private index = 0;
  private isInValue = false;
  private isInRun = false;

  enter(name: string, attributes: XmlAttributes): void {
    if (name === 'title') this.title = [];
    if (name === 'ser') this.open = { name: '', categories: new Map(), values: new Map(), isNamed: false };
    if (this.open && SERIES_PARTS.has(name)) this.part = name as SeriesPart;
    if (name === 'strCache' && this.open && this.part === 'cat') this.open.isNamed = true;
    if (name === 'pt') this.index = Number(attributes['idx'] ?? 0);
    if (name === 'v') this.isInValue = true;
    if (name === 't') this.isInRun = true;
  }

  take(text: string): void {
    if (this.title && this.isInRun) this.title.push(text);
    if (!this.open || !this.isInValue) return;
    if (this.part === 'tx') this.open.name += text;
    if (this.part !== 'cat' && this.part !== 'val') return;
    const column = this.part === 'cat' ? this.open.categories : this.open.values;
    column.set(this.index, (column.get(this.index) ?? '') + text);
  }

  leave(name: string): void {
    if (name === 'v') this.isInValue = false;
    if (name === 't') this.isInRun = false;
    if (this.part === name) this.part = null;
    if (name === 'p') this.title?.push(' ');
    if (name === 'title' && this.title) {
      this.titles.push(clean(this.title.join('')));
      this.title = null;
    }
    if (name !== 'ser' || !this.open) return;
    this.series.push(this.open);
    this.open = null;
  }

  finish(): string {
    const titles = this.titles.filter((title) => title !== '').join('\n');
    return [titles, this.describeSeries()].filter((piece) => piece !== '').join('\n\n');
  }

  private describeSeries(): string {
    const names = this.series.map(({ name }) => clean(name));
    const [named] = this.series.filter(({ isNamed }) => isNamed);
    if (!named) return names.filter((name) => name !== '').join('\n');
    const rows = [...named.categories].map(([index, category]) => [
      clean(category),
      ...this.series.map(({ values }) => clean(values.get(index) ?? '')),
    ]);
    return [['', ...names], ...rows].map((row) => row.join(' | ').trim()).join('\n');
  }
}

function clean(text: string): string {
  return flattenText(cleanText(text)).trim();
}

/** Returns the text of the charts that a part shows: titles, and what the axis and the rows are called with their values. */
export function readCharts(archive: Archive, relations: readonly Relation[]): string[] {
  const parts = relations.filter(({ type }) => type === 'chart').map(({ part }) => part);
  return parts.map((part) => {
    const text = new ChartText();
    readXml(
      archive.find(part) ?? new Uint8Array(0),
      {
        open: (name, attributes) => {
          text.enter(name, attributes);
        },
        text: (piece) => {
          text.take(piece);
        },
        close: (name) => {
          text.leave(name);
        },
      },
      part,
    );
    return text.finish();
  });
}
