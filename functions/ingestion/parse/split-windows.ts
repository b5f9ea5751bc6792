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

/** Yields cleaned text in windows that end at a paragraph, line, sentence or word where there is one. */
export async function* splitWindows(
  blocks: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  let buffer = '';
  let heldBack = '';
  for await (const block of blocks) {
    const text = heldBack + block;
    // The line feed of a CR LF may be in the next block.
    heldBack = text.endsWith('\r') ? '\r' : '';
    buffer += cleanText(heldBack === '' ? text : text.slice(0, -1));
    while (buffer.length > WINDOW_CHARACTERS + LOOK_BACK) {
      const cut = findCut(buffer);
      yield buffer.slice(0, cut);
      buffer = buffer.slice(cut);
    }
  }
  buffer += cleanText(heldBack);
  if (buffer !== '') yield buffer;
}
