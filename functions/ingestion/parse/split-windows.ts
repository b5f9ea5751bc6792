import { cleanText } from './clean-text.ts';

/** Running text is handled in windows of about this many characters, so that memory does not grow with the file. */
const WINDOW_CHARACTERS = 256 * 1024;
/** Where to look for a good place to cut, from the end of a window. */
const LOOK_BACK = 64 * 1024;

function findCut(text: string): number {
  const from = WINDOW_CHARACTERS - LOOK_BACK;
  const window = text.slice(0, WINDOW_CHARACTERS);
  for (const separator of ['\n\n', '\n', '. ', ' ']) {
    const at = window.lastIndexOf(separator);
    if (at >= from) return at + separator.length;
  }
  const splitsPair = (text.charCodeAt(WINDOW_CHARACTERS - 1) & 0xfc00) === 0xd800;
  return splitsPair ? WINDOW_CHARACTERS - 1 : WINDOW_CHARACTERS;
}

/** How far a text is cut into windows, as JSON. */
export interface WindowState {
  /** Cleaned text that no window has yet. */
  buffer: string;
  heldBack: string;
}

/** Cuts cleaned text into windows that end at a paragraph, line, sentence or word where there is one. */
export class WindowSplitter {
  #buffer: string;
  #heldBack: string;

  constructor({ buffer, heldBack }: WindowState = { buffer: '', heldBack: '' }) {
    this.#buffer = buffer;
    this.#heldBack = heldBack;
  }

  /** What another splitter goes on with. */
  get state(): WindowState {
    return { buffer: this.#buffer, heldBack: this.#heldBack };
  }

  /** Yields the windows that end in the text. */
  *take(block: string): Generator<string> {
    const text = this.#heldBack + block;
    // The line feed of a CR LF may be in the next block.
    this.#heldBack = text.endsWith('\r') ? '\r' : '';
    this.#buffer += cleanText(this.#heldBack === '' ? text : text.slice(0, -1));
    while (this.#buffer.length > WINDOW_CHARACTERS + LOOK_BACK) {
      const cut = findCut(this.#buffer);
      const window = this.#buffer.slice(0, cut);
      this.#buffer = this.#buffer.slice(cut);
      yield window;
    }
  }

  *finish(): Generator<string> {
    const rest = this.#buffer + cleanText(this.#heldBack);
    if (rest !== '') yield rest;
  }
}

/** Yields the windows of a text. */
export async function* splitWindows(
  blocks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  const splitter = new WindowSplitter();
  for await (const block of blocks) yield* splitter.take(block);
  yield* splitter.finish();
}
