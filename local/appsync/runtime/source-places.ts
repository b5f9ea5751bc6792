/** Text that was put into a source before it ran. */
export interface Insertion {
  /** Offset in the source as it came. */
  at: number;
  text: string;
}

/** How logs begin a call: their place is where it starts, while engines report the member that is called. */
const LOG_OWNER = 'console.';

/** Finds the place in a source, as it came, that a stack tells of the source as it ran. Insertions never hold a line break. */
export class SourcePlaces {
  readonly #name: string;
  readonly #lines: readonly string[];
  readonly #insertions: readonly Insertion[];

  constructor(name: string, code: string, insertions: readonly Insertion[]) {
    this.#name = name;
    this.#lines = code.split('\n');
    this.#insertions = insertions;
  }

  /** Returns `line:column` of the innermost frame within this source, both from 1; null when there is none. */
  of(stack: string): string | null {
    const found = stack.split('\n').flatMap((frame) => {
      const at = frame.indexOf(`${this.#name}:`);
      const [, line, column] =
        at < 0 ? [] : (/^:(\d+):(\d+)/.exec(frame.slice(at + this.#name.length)) ?? []);
      return line === undefined || column === undefined ? [] : [[Number(line), Number(column)] as const];
    });
    const [place] = found;
    if (place === undefined) return null;
    const [line, column] = place;
    const start = this.#columnAt(line, column - 1);
    const before = this.#lines[line - 1]?.slice(0, start) ?? '';
    return `${line}:${(before.endsWith(LOG_OWNER) ? start - LOG_OWNER.length : start) + 1}`;
  }

  /** Columns from 0. */
  #columnAt(line: number, column: number): number {
    const lineStart = this.#lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const lineEnd = lineStart + (this.#lines[line - 1]?.length ?? 0);
    let moved = 0;
    for (const { at, text } of this.#insertions) {
      if (at < lineStart || at > lineEnd) continue;
      if (at - lineStart + moved + text.length > column) {
        if (at - lineStart + moved <= column) return at - lineStart;
        break;
      }
      moved += text.length;
    }
    return column - moved;
  }
}
