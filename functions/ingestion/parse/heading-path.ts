import type { Heading } from './section.ts';

/** The headings that hold at a place, carried from one section to the next. */
export class HeadingPath {
  private path: Pick<Heading, 'level' | 'title'>[] = [];

  titles(): string[] {
    return this.path.map(({ title }) => title);
  }

  pass(headings: readonly Heading[]): void {
    for (const { level, title } of headings) {
      while ((this.path.at(-1)?.level ?? 0) >= level) this.path.pop();
      this.path.push({ level, title });
    }
  }
}
