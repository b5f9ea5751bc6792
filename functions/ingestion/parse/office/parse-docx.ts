import mammoth from 'mammoth';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { appendMargins } from '../append-margins.ts';
import type { Archive } from '../archive.ts';
import { readHtmlText } from '../html-text.ts';
import { readXml } from '../read-xml.ts';
import { type ParsedFile, textSection } from '../section.ts';
import { readCharts } from './read-charts.ts';
import { readMargins } from './read-margins.ts';
import { readRelations } from './read-relations.ts';
import { wordParts } from './word-parts.ts';

const DOCUMENT = 'word/document.xml';

async function convert(archive: Archive): Promise<string> {
  try {
    // The library's types do not know that it takes an open package, too.
    const input = { file: wordParts(archive) } as unknown as Parameters<typeof mammoth.convertToHtml>[0];
    const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    return (
      await mammoth.convertToHtml(input, {
        convertImage,
        externalFileAccess: false,
        includeEmbeddedStyleMap: false,
      })
    ).value;
  } catch (error) {
    if (error instanceof IngestionFailure) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new IngestionFailure('CORRUPT_DATA', `The Word document is damaged and cannot be read: ${detail}`, {
      cause: error,
    });
  }
}

/** The library expands entities by itself: every part is read for them before it is asked. */
function proveHarmless(archive: Archive): void {
  for (const name of archive.names()) {
    const bytes = archive.find(name);
    if (bytes && /\.(xml|rels)$/.test(name)) readXml(bytes, {}, name);
  }
}

/** Notes end with links back to where they are named, which say nothing. */
function withoutReturns(html: string): string {
  return html.replace(/ ?<a href="#(?:foot|end)note-ref-[^"]*">↑<\/a>/g, '');
}

/** Parses a Word document: headings, lists, tables and notes in their order, charts, headers and footers at the end. Nothing linked is fetched. */
export async function parseDocx(archive: Archive): Promise<ParsedFile> {
  proveHarmless(archive);
  const { text, headings, tables } = readHtmlText(withoutReturns(await convert(archive)), {
    isFirstRowHeader: true,
  });
  const charts = readCharts(archive, readRelations(archive, DOCUMENT));
  const shown = [text, ...charts].filter((piece) => piece !== '').join('\n\n');
  const whole = appendMargins(shown, readMargins(archive));
  return { sections: [{ ...textSection(whole, headings), tables }], hasUntypedValues: false, notes: [] };
}
