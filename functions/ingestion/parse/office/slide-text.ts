import { cleanText } from '../clean-text.ts';
import { readXml, type XmlAttributes } from '../read-xml.ts';
import { type CollectedText, TextCollector } from '../text-collector.ts';

/** Placeholders that repeat on every slide, and the picture of the slide on its notes. */
const MARGINS = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg']);
const TITLES = new Set(['title', 'ctrTitle']);

interface SlideState {
  collector: TextCollector;
  /** The kind of the placeholder that the open shape fills. */
  placeholder: string | null;
  isInRun: boolean;
  isInCell: boolean;
  /** Text for programs that cannot show a newer element, beside that element. */
  fallbackDepth: number;
}

function endParagraph({ collector, isInCell }: SlideState): void {
  if (isInCell) collector.appendCollapsed(' ');
  else collector.breakLine(1);
}

function openElement(state: SlideState, name: string, attributes: XmlAttributes): void {
  const { collector } = state;
  if (name === 'Fallback') state.fallbackDepth++;
  if (name === 'sp' || name === 'graphicFrame') {
    state.placeholder = null;
    collector.breakLine(2);
  }
  if (name === 'ph') state.placeholder = attributes['type'] ?? 'body';
  if (name === 'txBody' && TITLES.has(state.placeholder ?? '')) collector.startHeading(1);
  if (name === 't') state.isInRun = true;
  if (name === 'br') endParagraph(state);
  if (name === 'tab') collector.appendCollapsed(' ');
  if (name === 'tbl') collector.startTable({ isFirstRowHeader: true });
  if (name !== 'tc') return;
  collector.separateCells();
  state.isInCell = true;
}

function closeElement(state: SlideState, name: string): void {
  const { collector } = state;
  if (name === 'Fallback') state.fallbackDepth--;
  if (name === 't') state.isInRun = false;
  if (name === 'p') endParagraph(state);
  if (name === 'txBody' && TITLES.has(state.placeholder ?? '')) collector.endHeading();
  if (name === 'tc') state.isInCell = false;
  if (name === 'tr') {
    collector.endRow();
    collector.breakLine(1);
  }
  if (name === 'tbl') collector.endTable();
}

/** Returns the text of a slide, or of the notes below one, in the order in which its shapes are stacked, which is how they are read aloud. */
export function readSlideText(bytes: Uint8Array, part: string, { isNotes = false } = {}): CollectedText {
  const state: SlideState = {
    ...{ collector: new TextCollector(), placeholder: null, isInRun: false, isInCell: false },
    fallbackDepth: 0,
  };
  const isLeftOut = (): boolean =>
    state.fallbackDepth > 0 ||
    MARGINS.has(state.placeholder ?? '') ||
    (isNotes && state.placeholder === null);
  readXml(
    bytes,
    {
      open: (name, attributes) => {
        openElement(state, name, attributes);
      },
      text: (text) => {
        if (state.isInRun && !isLeftOut()) state.collector.appendCollapsed(cleanText(text));
      },
      close: (name) => {
        closeElement(state, name);
      },
    },
    part,
  );
  return state.collector.finish();
}
