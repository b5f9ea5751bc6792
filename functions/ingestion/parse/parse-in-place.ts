import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { type FileFormat, formatOfName, FORMATS } from '../sniff/known-formats.ts';
import { type SniffedFile, sniffFormat } from '../sniff/sniff-format.ts';
import { parseCode } from './code/parse-code.ts';
import type { Nesting } from './contained-files.ts';
import { parseEml } from './parse-eml.ts';
import { parseHtml } from './parse-html.ts';
import { parseJson } from './parse-json.ts';
import { parseJsonLines } from './parse-json-lines.ts';
import { parseMarkdown } from './parse-markdown.ts';
import { parseTable } from './parse-table.ts';
import { parseText } from './parse-text.ts';
import { parseZip } from './parse-zip.ts';
import { parseFlatOdf } from './odf/parse-flat-odf.ts';
import { parsePdf } from './pdf/parse-pdf.ts';
import { parseRtf } from './rtf/parse-rtf.ts';
import { READ_WHOLE, type Resumption } from './resume-point.ts';
import type { ParsedFile } from './section.ts';
import { readWhole, type SourceFile } from './source-file.ts';
import { parseNpy } from './vectors/parse-npy.ts';
import { parseParquet } from './vectors/parse-parquet.ts';
import { parseVecs } from './vectors/parse-vecs.ts';
import { newUnpackBudget } from './zip-archive.ts';

/** Formats whose parsers hold the whole file; the others stream. */
export const WHOLE_FORMATS: ReadonlySet<FileFormat> = new Set<FileFormat>([
  'html',
  'pdf',
  'zip',
  'rtf',
  'fodf',
  'eml',
  'parquet',
  'code',
]);

/** Refuses a file that would have to be held whole and is too large for that. */
export function checkWholeSize({ sizeBytes }: SourceFile, format: string): void {
  const limit = INGESTION_LIMITS.wholeFileBytes;
  if (sizeBytes <= limit) return;
  const message = `The file has ${sizeBytes} bytes; a file of the format ${format} may have at most ${limit}.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

async function parseContained(file: SourceFile, nesting: Nesting): Promise<ParsedFile> {
  const sniffed = sniffFormat(file.name, file.contentType, await file.readSample());
  return await parseAs(file, sniffed, nesting);
}

async function parseAs(
  file: SourceFile,
  { format, encoding }: SniffedFile,
  nesting: Nesting,
  resumption = READ_WHOLE,
): Promise<ParsedFile> {
  const label = encoding ?? 'utf-8';
  if (WHOLE_FORMATS.has(format)) checkWholeSize(file, format);
  switch (format) {
    case 'text':
      return parseText(file, label, resumption);
    case 'markdown':
      return parseMarkdown(file, label);
    case 'html':
      return await parseHtml(file, label);
    case 'code':
      return await parseCode(file, label);
    case 'csv':
      return await parseTable(file, label, null, resumption);
    case 'tsv':
      return await parseTable(file, label, '\t', resumption);
    case 'json':
      return await parseJson(file, label, resumption);
    case 'jsonl':
      return parseJsonLines(file, label, resumption);
    case 'eml':
      return await parseEml(file, parseContained, nesting);
    case 'pdf':
      return await parsePdf(file);
    case 'rtf':
      return await parseRtf(file);
    case 'fodf':
      return parseFlatOdf(await readWhole(file));
    case 'zip':
      return await parseZip(file, parseContained, nesting);
    case 'parquet':
      return await parseParquet(file);
    case 'npy':
      return await parseNpy(file, () => {
        checkWholeSize(file, 'npy in Fortran order');
      });
    case 'fvecs':
    case 'bvecs':
      return await parseVecs(file, format);
  }
}

function noteOtherName(name: string, format: FileFormat): string[] {
  const named = formatOfName(name);
  const isSame =
    named === undefined || named === format || FORMATS[named].contentType === FORMATS[format].contentType;
  // What a ZIP archive holds is told by its own parser.
  return isSame || format === 'zip'
    ? []
    : [`The file is called "${name}", but its bytes are ${format}; it was read as that.`];
}

/** Parses a file of a known format into sections of text, in this thread; no parser ever fetches anything. */
export async function parseInPlace(
  file: SourceFile,
  sniffed: SniffedFile,
  resumption?: Resumption,
): Promise<ParsedFile> {
  const parsed = await parseAs(file, sniffed, { depth: 0, budget: newUnpackBudget() }, resumption);
  parsed.notes.push(...noteOtherName(file.name, sniffed.format));
  return parsed;
}
