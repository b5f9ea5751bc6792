import type { ErrorKind, FileError } from '../../schema/generated/types.ts';

/** Something of a file that could not be read, so that the file is searchable without it. */
export interface LeftOut {
  kind: ErrorKind;
  message: string;
  /** The lines, or the file within. */
  location: string | null;
}

/** A sentence about how a file was read, or about what of it was left out. */
export type Note = string | LeftOut;

const MESSAGE_CHARACTERS = 4_000;
const LOCATION_CHARACTERS = 1_000;

function isLeftOut(note: Note): note is LeftOut {
  return typeof note !== 'string';
}

/** Returns the sentences of notes. */
export function describeNotes(notes: readonly Note[]): string[] {
  return notes.map((note) => (isLeftOut(note) ? note.message : note));
}

/** Returns what the message of a READY file says; null when there is nothing to say. */
export function joinNotes(notes: readonly string[]): string | null {
  return notes.length === 0 ? null : notes.join(' ');
}

/** Returns notes as those of a file that lies in another one. */
export function placeNotes(notes: readonly Note[], name: string): Note[] {
  return notes.map((note) =>
    isLeftOut(note)
      ? {
          ...note,
          message: `${name}: ${note.message}`,
          location: note.location === null ? name : `${name}, ${note.location}`,
        }
      : `${name}: ${note}`,
  );
}

function shorten(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}

/** Returns what a READY file says of what it is without; null when nothing was left out. */
export function describeLeftOut(notes: readonly Note[]): FileError | null {
  const left = notes.filter(isLeftOut);
  const [first] = left;
  if (!first) return null;
  const locations = left.flatMap(({ location }) => location ?? []);
  return {
    kind: first.kind,
    message: shorten(left.map(({ message }) => message).join(' '), MESSAGE_CHARACTERS),
    location: locations.length === 0 ? null : shorten(locations.join('; '), LOCATION_CHARACTERS),
    // The same bytes are read the same way again.
    retryable: false,
  };
}
