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

function requireLength(length: number, offset: number): void {
  if (length <= INGESTION_LIMITS.recordCharacters) return;
  throw unexpected(`an element is longer than ${INGESTION_LIMITS.recordCharacters} characters`, offset);
}

/** Yields the text of each element of a JSON array as it streams in, so that memory holds one element. `blocks` starts before the bracket. */
export async function* splitJsonArray(blocks: AsyncIterable<string>): AsyncGenerator<string> {
  const state: ScanState = { depth: 0, isInString: false, isEscaped: false, isFinished: false };
  let element = '';
  let offset = 0;
  let elements = 0;
  for await (const block of blocks) {
    let start = state.depth === 0 && !state.isFinished ? block.indexOf('[') + 1 : 0;
    if (start > 0) state.depth = 1;
    for (let at = start; at < block.length; at++) {
      if (state.isFinished || !step(state, block.charCodeAt(at))) continue;
      element += block.slice(start, at);
      start = at + 1;
      if (element.trim() !== '') yield element;
      else if (elements > 0 || block[at] === ',')
        throw unexpected('a value is missing between commas', offset + at);
      elements++;
      element = '';
    }
    const rest = state.depth === 0 && !state.isFinished ? '' : block.slice(start);
    if (state.isFinished && !SPACES.test(rest))
      throw unexpected('something follows after the end of the array', offset + start);
    element += rest;
    offset += block.length;
    requireLength(element.length, offset);
  }
  if (!state.isFinished) throw unexpected('the array has no end; the file may be cut off', offset);
}
