import mammoth from 'mammoth';
import { IngestionFailure } from '../ingestion-failure.ts';
import { unsupportedFile } from '../sniff/sniff-format.ts';
import { flattenText } from './clean-text.ts';
import { readHtmlText } from './html-text.ts';
import { type ParsedFile, textSection } from './section.ts';
import { readWhole, type SourceFile } from './source-file.ts';
import { openZip, type ZipEntry } from './zip-archive.ts';

const PARTS_OF_OTHERS: [RegExp, string][] = [
  [/^xl\/workbook\./, 'an Excel workbook'],
  [/^ppt\/presentation\./, 'a PowerPoint presentation'],
  [/^META-INF\/container\.xml$/, 'an EPUB book'],
  [/^content\.xml$/, 'an OpenDocument file'],
  [/^META-INF\/MANIFEST\.MF$/, 'a Java archive'],
];
const HEADERS_AND_FOOTERS = /^word\/(header|footer)\d*\.xml$/;
const PARAGRAPH_TEXT = /<w:t(?:\s[^<>]*)?>([^<]*)<\/w:t>|<\/w:p>|<w:tab\s*\/>/g;
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

function requireWordDocument(entries: readonly ZipEntry[], name: string): void {
  if (entries.some((entry) => entry.name === 'word/document.xml')) return;
  const other = PARTS_OF_OTHERS.find(([part]) => entries.some((entry) => part.test(entry.name)));
  throw unsupportedFile(name, other?.[1] ?? 'a ZIP archive without a Word document in it');
}

/** Headers and footers are short and repeat on every page: each distinct line is kept once, at the end. */
function readHeadersAndFooters(entries: readonly ZipEntry[]): string[] {
  const lines = new Set<string>();
  for (const entry of entries.filter(({ name }) => HEADERS_AND_FOOTERS.test(name))) {
    const xml = new TextDecoder().decode(entry.read());
    const text = Array.from(
      xml.matchAll(PARAGRAPH_TEXT),
      ([tag, content]) => content ?? (tag.startsWith('</') ? '\n' : ' '),
    ).join('');
    const decoded = text.replace(/&(amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity] ?? entity);
    for (const line of decoded.split('\n')) if (flattenText(line) !== '') lines.add(flattenText(line));
  }
  return [...lines];
}

async function convert(bytes: Uint8Array): Promise<string> {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    return (
      await mammoth.convertToHtml(
        { buffer },
        { convertImage, externalFileAccess: false, includeEmbeddedStyleMap: false },
      )
    ).value;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new IngestionFailure('CORRUPT_DATA', `The Word document is damaged and cannot be read: ${detail}`, {
      cause: error,
    });
  }
}

/** Parses a Word document: headings, lists, tables and notes in their order, headers and footers at the end. Nothing linked is fetched. */
export async function parseDocx(file: SourceFile): Promise<ParsedFile> {
  const bytes = await readWhole(file);
  const entries = openZip(bytes);
  requireWordDocument(entries, file.name);
  // The library inflates without a ceiling: unpacking within the declared sizes first proves that they are true.
  for (const entry of entries) entry.read();
  const { text, headings } = readHtmlText(await convert(bytes));
  const margins = readHeadersAndFooters(entries).filter((line) => !text.includes(line));
  const whole = [text, ...(margins.length > 0 ? [margins.join('\n')] : [])].join('\n\n');
  return { sections: [textSection(whole, headings)], hasUntypedValues: false, notes: [] };
}
