import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SPACES = /^[\s\ufeff]*$/;

interface ScanState {
  depth: number;
  isInString: boolean;
  isEscaped: boolean;
  isFinished: boolean;
}

/** How far a JSON array is read, as JSON. */
export interface ArrayState extends ScanState {
  /** What has come of the element that is not whole. */
  element: string;
  /** The number of elements that are whole. */
  elements: number;
  offset: number;
}

const BEGINNING: ArrayState = {
  ...{ depth: 0, isInString: false, isEscaped: false, isFinished: false },
  ...{ element: '', elements: 0, offset: 0 },
};

/** Moves over one character; returns whether it ends an element of the outermost array. */
function step(state: ScanState, code: number): boolean {
  if (state.isInString) {
    if (state.isEscaped) state.isEscaped = false;
    else if (code === BACKSLASH) state.isEscaped = true;
    else if (code === QUOTE) state.isInString = false;
    return false;
  }
  if (code === QUOTE) state.isInString = true;
  else if (code === 0x5b || code === 0x7b) state.depth++;
  else if (code === 0x5d || code === 0x7d) {
    state.depth--;
    state.isFinished = state.depth === 0;
    return state.isFinished;
  } else if (code === COMMA) return state.depth === 1;
  return false;
}

function unexpected(problem: string, offset: number): IngestionFailure {
  return new IngestionFailure('VALIDATION', `The JSON cannot be read: ${problem}.`, {
    location: `character ${offset}`,
  });
}

/** The text of an element of an array, or why it cannot be read. */
export type Element = string | IngestionFailure;

/** Splits a JSON array into the texts of its elements as it streams in, so that memory holds one of them. The text starts before the bracket. */
export class ArraySplitter {
  readonly #state: ArrayState;

  constructor(before: ArrayState = BEGINNING) {
    this.#state = { ...before };
  }

  /** What another splitter goes on with. */
  get state(): ArrayState {
    return { ...this.#state };
  }

  /** Yields the elements that end in the text. */
  *take(text: string): Generator<Element> {
    const state = this.#state;
    let start = state.depth === 0 && !state.isFinished ? text.indexOf('[') + 1 : 0;
    if (start > 0) state.depth = 1;
    for (let at = start; at < text.length; at++) {
      if (state.isFinished || !step(state, text.charCodeAt(at))) continue;
      this.#add(text.slice(start, at));
      start = at + 1;
      const element = this.#end(text[at] === ',', state.offset + at);
      if (element !== null) yield element;
    }
    const rest = state.depth === 0 && !state.isFinished ? '' : text.slice(start);
    if (state.isFinished && !SPACES.test(rest))
      throw unexpected('something follows after the end of the array', state.offset + start);
    if (!state.isFinished) this.#add(rest);
    state.offset += text.length;
  }

  /** Makes sure that the array has ended. */
  finish(): void {
    const { isFinished, offset } = this.#state;
    if (!isFinished) throw unexpected('the array has no end; the file may be cut off', offset);
  }

  #add(text: string): void {
    const state = this.#state;
    state.element += text;
    if (state.element.length > INGESTION_LIMITS.waitedCharacters) throw this.#tooLong();
  }

  /** Returns the element that has come; null for an array that has none. */
  #end(isFollowed: boolean, offset: number): Element | null {
    const state = this.#state;
    const isTooLong = state.element.length > INGESTION_LIMITS.recordCharacters;
    const element = isTooLong ? this.#tooLong() : state.element;
    const isEmpty = typeof element === 'string' && element.trim() === '';
    if (isEmpty && (state.elements > 0 || isFollowed))
      throw unexpected('a value is missing between commas', offset);
    state.elements++;
    state.element = '';
    return isEmpty ? null : element;
  }

  #tooLong(): IngestionFailure {
    const location = `record ${this.#state.elements + 1}`;
    const message = `Record ${this.#state.elements + 1} is longer than ${INGESTION_LIMITS.recordCharacters} characters.`;
    return new IngestionFailure('VALIDATION', message, { location });
  }
}
