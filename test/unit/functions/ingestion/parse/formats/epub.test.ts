import { describe, expect, it } from 'vitest';
import { createZip } from '../../../../../support/create-zip.ts';
import { parseBytes } from '../../../../../support/parse-sample.ts';

const container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>';

function createEpub(chapters: string[], more: Record<string, string> = {}): Uint8Array {
  const items = chapters.map(
    (_, index) => `<item id="c${index}" href="text/ch%20${index}.xhtml" media-type="application/xhtml+xml"/>`,
  );
  // The spine names the chapters in reverse.
  const spine = chapters.map((_, index) => `<itemref idref="c${chapters.length - 1 - index}"/>`);
  return createZip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': container,
    'OPS/book.opf': `<package><metadata><dc:title>Sea Words</dc:title></metadata><manifest>${items.join('')}<item id="css" href="a.css" media-type="text/css"/></manifest><spine>${spine.join('')}</spine></package>`,
    ...Object.fromEntries(
      chapters.map((body, index) => [
        `OPS/text/ch ${index}.xhtml`,
        `<html><head><title>file ${index}</title></head><body>${body}</body></html>`,
      ]),
    ),
    ...more,
  });
}

describe('a book', () => {
  it('is read in the order of its spine, chapters under its title, a heading holding until the next', async () => {
    const { sections } = await parseBytes(
      'a.epub',
      createEpub(['<p>Ebb.</p>', '<h1>Flood</h1><p>Rising.</p>']),
    );

    expect(sections.map(({ text, openHeadings }) => [text, openHeadings])).toEqual([
      ['Flood\n\nRising.', ['Sea Words']],
      ['Ebb.', ['Sea Words', 'Flood']],
    ]);
  });

  it('protected against copying is refused, one with scrambled fonts is not', async () => {
    const scramble = (uri: string): Record<string, string> => ({
      'META-INF/encryption.xml': `<encryption><enc:CipherReference URI="${uri}"/></encryption>`,
    });

    await expect(
      parseBytes('a.epub', createEpub(['<p>x</p>'], scramble('OPS/text/ch%200.xhtml'))),
    ).rejects.toMatchObject({
      kind: 'UNSUPPORTED_FILE',
    });
    expect((await parseBytes('a.epub', createEpub(['<p>x</p>'], scramble('OPS/font.otf')))).text).toBe('x');
  });

  it('says which of its chapters is missing', async () => {
    const book = createEpub(['<p>here</p>'], {
      'OPS/book.opf':
        '<package><manifest><item id="a" href="text/ch%200.xhtml" media-type="application/xhtml+xml"/><item id="b" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/></spine></package>',
    });

    const { text, notes } = await parseBytes('a.epub', book);

    expect(text).toBe('here');
    expect(notes).toEqual(['The book\'s part "OPS/gone.xhtml" is missing and was left out.']);
  });
});
