import { IngestionFailure } from '../ingestion-failure.ts';
import type { Note } from '../left-out.ts';
import { formatOfName, FORMATS, type KnownFormat, type PackedFormat } from '../sniff/known-formats.ts';
import { unsupportedFile } from '../sniff/unsupported-file.ts';
import { Archive } from './archive.ts';
import { type ContainedFile, type Nesting, type ParseContained, readContained } from './contained-files.ts';
import { ODF_CONTENT, odfKindOf, type OdfKind, parseOdf } from './odf/parse-odf.ts';
import { parseDocx } from './office/parse-docx.ts';
import { parsePptx } from './office/parse-pptx.ts';
import { parseXlsx } from './office/parse-xlsx.ts';
import { EPUB_CONTAINER, parseEpub } from './parse-epub.ts';
import type { ParsedFile, Section } from './section.ts';
import { readWhole, type SourceFile } from './source-file.ts';
import { openZip } from './zip-archive.ts';

const UNREADABLE: [part: RegExp, title: string][] = [
  [/^xl\/workbook\.bin$/, 'a binary Excel workbook (xlsb)'],
  [/^Index\/(Document\.iwa|.*\.iwa)$|^Index\.zip$/, 'an Apple iWork document'],
  [/^META-INF\/MANIFEST\.MF$/, 'a Java archive'],
  [/^AndroidManifest\.xml$/, 'an Android package'],
];
/** What archivers of machines add beside the files of their users. */
const BESIDE_FILES = /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\.[^/]*$)/;
const TABLES = /\.(csv|tsv|tab)$/i;

function findOdfKind(archive: Archive): OdfKind | null {
  if (!archive.has(ODF_CONTENT)) return null;
  return odfKindOf(new TextDecoder().decode(archive.find('mimetype') ?? new Uint8Array(0)));
}

/** Says what an archive is by the parts that such a document cannot be without. */
const PACKED: ReadonlySet<KnownFormat> = new Set<PackedFormat>([
  'docx',
  'pptx',
  'xlsx',
  'epub',
  'odt',
  'ods',
  'odp',
]);

function findPackedFormat(archive: Archive): PackedFormat | null {
  if (archive.names().some((name) => /^word\/document\d*\.xml$/.test(name))) return 'docx';
  if (archive.has('ppt/presentation.xml')) return 'pptx';
  if (archive.has('xl/workbook.xml')) return 'xlsx';
  if (archive.has(EPUB_CONTAINER)) return 'epub';
  return findOdfKind(archive);
}

async function parsePacked(format: PackedFormat, archive: Archive): Promise<ParsedFile> {
  switch (format) {
    case 'docx':
      return await parseDocx(archive);
    case 'pptx':
      return parsePptx(archive);
    case 'xlsx':
      return parseXlsx(archive);
    case 'epub':
      return parseEpub(archive);
    case 'odt':
    case 'ods':
    case 'odp':
      return parseOdf(archive, format);
  }
}

function parseFiles(files: readonly ContainedFile[], parse: ParseContained, nesting: Nesting): ParsedFile {
  const notes: Note[] = [];
  async function* readFiles(): AsyncGenerator<Section> {
    let sections = 0;
    const contained = readContained(files, { parse, nesting, notes });
    let next = await contained.next();
    for (; next.done !== true; next = await contained.next()) {
      sections++;
      yield next.value;
    }
    if (sections === 0 && next.value) throw next.value;
  }
  const hasUntypedValues = files.some(({ name }) => TABLES.test(name));
  return { sections: readFiles(), hasUntypedValues, notes };
}

function checkName(name: string, archive: Archive): void {
  const other = UNREADABLE.find(([part]) => archive.names().some((entry) => part.test(entry)));
  if (other) throw unsupportedFile(name, other[1]);
  // A document that is packed, and has none, is damaged; under any other name an archive is what its bytes say.
  const named = formatOfName(name);
  if (named !== undefined && PACKED.has(named))
    throw unsupportedFile(name, 'a ZIP archive without a document in it');
}

function noteOtherName(name: string, format: PackedFormat | 'zip'): string[] {
  const named = formatOfName(name);
  if (named === undefined || named === format || named === 'zip') return [];
  return [`The file is called "${name}", but its bytes are ${format}; it was read as that.`];
}

/** Parses what is packed as ZIP: an Office or OpenDocument file, a book, or an archive of files, each of which is parsed as what it is. */
export async function parseZip(
  file: SourceFile,
  parse: ParseContained,
  nesting: Nesting,
): Promise<ParsedFile> {
  const bytes = await readWhole(file);
  const entries = openZip(bytes, nesting.budget);
  const archive = new Archive(entries);
  const format = findPackedFormat(archive);
  if (format) {
    const parsed = await parsePacked(format, archive);
    parsed.notes.push(...noteOtherName(file.name, format));
    return { ...parsed, contentType: FORMATS[format].contentType };
  }
  checkName(file.name, archive);
  const files = entries.filter(({ name }) => !name.endsWith('/') && !BESIDE_FILES.test(name));
  if (files.length === 0) throw new IngestionFailure('VALIDATION', 'The ZIP archive has no files in it.');
  const parsed = parseFiles(files, parse, nesting);
  parsed.notes.push(...noteOtherName(file.name, 'zip'));
  return parsed;
}
