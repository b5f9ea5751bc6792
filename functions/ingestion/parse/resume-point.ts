/** A place in a file from which it can be read on later: nothing before it is needed any more. */
export interface ResumePoint {
  byteOffset: number;
  /** Characters before it that could not be read. */
  replaced: number;
  /** What the parser of the format knows by then, such as the beginning of a record; it survives JSON. */
  state: unknown;
}

/** Where a file is read from, and who hears of the places from which it could be read on. */
export interface Resumption {
  /** Null for the beginning. */
  from: ResumePoint | null;
  /** Called when everything before the place was taken; it may throw to end the reading there. */
  onPlace: (point: ResumePoint) => void;
}

/** Reads from the beginning to the end. */
export const READ_WHOLE: Resumption = { from: null, onPlace: () => undefined };
