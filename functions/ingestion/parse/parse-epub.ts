import { IngestionFailure } from '../ingestion-failure.ts';
import { type Archive, resolvePart } from './archive.ts';
import { flattenText } from './clean-text.ts';
import { HeadingPath } from './heading-path.ts';
import { readHtmlText } from './html-text.ts';
import { decodeXml, readXml } from './read-xml.ts';
import { type ParsedFile, type Section, textSection } from './section.ts';

export const EPUB_CONTAINER = 'META-INF/container.xml';
const ENCRYPTION = 'META-INF/encryption.xml';

interface Book {
  title: string;
  /** The parts of the text in reading order. */
  parts: string[];
}

function findPackage(archive: Archive): string {
  const names: (string | null)[] = [];
  const open = (element: string, attributes: Record<string, string>): void => {
    if (element === 'rootfile') names.push(resolvePart('', attributes['full-path'] ?? ''));
  };
  readXml(archive.require(EPUB_CONTAINER), { open }, EPUB_CONTAINER);
  const name = names[0] ?? null;
  if (name === null)
    throw new IngestionFailure('CORRUPT_DATA', 'The EPUB book is damaged: it names no package.');
  return name;
}

function readBook(archive: Archive, name: string): Book {
  const items = new Map<string, string>();
  const spine: string[] = [];
  const title: string[] = [];
  let isTitle = false;
  readXml(
    archive.require(name),
    {
      open(element, attributes) {
        isTitle = element === 'title' && title.length === 0;
        const part = element === 'item' ? resolvePart(name, attributes['href'] ?? '') : null;
        const isText = /html|xml/i.test(attributes['media-type'] ?? 'html');
        if (part !== null && isText) items.set(attributes['id'] ?? '', part);
        if (element === 'itemref') spine.push(attributes['idref'] ?? '');
      },
      text(text) {
        if (isTitle) title.push(text);
      },
      close() {
        isTitle = false;
      },
    },
    name,
  );
  const parts = spine.flatMap((id) => items.get(id) ?? []);
  return { title: flattenText(title.join('')), parts: [...new Set(parts)] };
}

/** Fonts may be scrambled; a book whose text is cannot be read. */
function checkEncryption(archive: Archive, parts: readonly string[]): void {
  const bytes = archive.find(ENCRYPTION);
  if (!bytes) return;
  const scrambled = new Set<string | null>();
  const open = (element: string, attributes: Record<string, string>): void => {
    if (element === 'CipherReference') scrambled.add(resolvePart('', attributes['URI'] ?? ''));
  };
  readXml(bytes, { open }, ENCRYPTION);
  if (!parts.some((part) => scrambled.has(part))) return;
  const message = 'The EPUB book is protected against copying; upload a copy without protection.';
  throw new IngestionFailure('UNSUPPORTED_FILE', message);
}

/** Parses a book: its chapters in reading order, with their headings under the book's title. */
export function parseEpub(archive: Archive): ParsedFile {
  const { title, parts } = readBook(archive, findPackage(archive));
  checkEncryption(archive, parts);
  const notes: string[] = [];
  function* readChapters(): Generator<Section> {
    const path = new HeadingPath();
    for (const part of parts) {
      const bytes = archive.find(part);
      if (!bytes) {
        notes.push(`The book's part "${part.slice(0, 100)}" is missing and was left out.`);
        continue;
      }
      const { text, headings, tables } = readHtmlText(decodeXml(bytes), { isTitleRead: false });
      const openHeadings = [...(title === '' ? [] : [title]), ...path.titles()];
      // Headings of chapters stand below the book's title.
      const below = title === '' ? headings : headings.map((each) => ({ ...each, level: each.level + 1 }));
      yield { ...textSection(text, below, openHeadings), tables };
      path.pass(headings);
    }
  }
  return { sections: readChapters(), hasUntypedValues: false, notes };
}
