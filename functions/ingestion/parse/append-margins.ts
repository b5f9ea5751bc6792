/** Returns a document's text with the lines of its headers and footers behind it, without those that stand in it as lines anyway. */
export function appendMargins(text: string, margins: Iterable<string>): string {
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  const more = [...margins].filter((line) => !lines.has(line)).join('\n');
  return [text, more].filter((piece) => piece !== '').join('\n\n');
}
