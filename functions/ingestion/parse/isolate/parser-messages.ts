import type { ErrorKind } from '../../../../schema/generated/types.ts';
import type { Note } from '../../left-out.ts';
import type { SniffedFile } from '../../sniff/sniff-format.ts';
import type { Section } from '../section.ts';

/** What a parser's thread is asked: to parse a file, or for more of it. */
export type ParserRequest =
  | { kind: 'PARSE'; name: string; contentType: string; bytes: ArrayBuffer; sniffed: SniffedFile }
  | { kind: 'MORE' };

/** Why a parser's thread could not go on. */
export interface ParserFault {
  /** Null for what is nobody's input but a bug. */
  kind: ErrorKind | null;
  message: string;
  location: string | null;
  stack: string;
}

/** What a parser's thread answers. */
export type ParserAnswer =
  | { kind: 'OPENED'; hasUntypedValues: boolean; contentType: string | undefined }
  | { kind: 'SECTIONS'; sections: Section[] }
  | { kind: 'DONE'; notes: Note[] }
  | { kind: 'FAILED'; fault: ParserFault };

/** Marks a thread as one of parsers. */
export const PARSER_THREAD = 'vector-db-builder-parser';
/** So many answers may wait before a thread is told to go on: one is read while the next is made. */
export const ANSWERS_AHEAD = 2;
