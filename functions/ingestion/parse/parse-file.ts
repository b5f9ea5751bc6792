import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { SniffedFile } from '../sniff/sniff-format.ts';
import { parseDocx } from './parse-docx.ts';
import { parseHtml } from './parse-html.ts';
import { parseJson } from './parse-json.ts';
import { parseJsonLines } from './parse-json-lines.ts';
import { parseMarkdown } from './parse-markdown.ts';
import { parsePdf } from './parse-pdf.ts';
import { parseTable } from './parse-table.ts';
import { parseText } from './parse-text.ts';
import type { ParsedFile } from './section.ts';
import type { SourceFile } from './source-file.ts';

const WHOLE_FORMATS = new Set(['html', 'pdf', 'docx']);

function checkSize(file: SourceFile, format: string): void {
  const limit = INGESTION_LIMITS.wholeFileBytes;
  if (!WHOLE_FORMATS.has(format) || file.sizeBytes <= limit) return;
  const message = `The file has ${file.sizeBytes} bytes; a file of the format ${format} may have at most ${limit}.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** Parses a file of a known format into sections of text; no parser ever fetches anything. */
export async function parseFile(file: SourceFile, { format, encoding }: SniffedFile): Promise<ParsedFile> {
  checkSize(file, format);
  const label = encoding ?? 'utf-8';
  switch (format) {
    case 'text':
      return parseText(file, label);
    case 'markdown':
      return parseMarkdown(file, label);
    case 'html':
      return await parseHtml(file, label);
    case 'csv':
      return await parseTable(file, label, null);
    case 'tsv':
      return await parseTable(file, label, '\t');
    case 'json':
      return await parseJson(file, label);
    case 'jsonl':
      return parseJsonLines(file, label);
    case 'pdf':
      return await parsePdf(file);
    case 'docx':
      return await parseDocx(file);
  }
}
