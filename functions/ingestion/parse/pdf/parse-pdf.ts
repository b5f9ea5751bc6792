import { getDocumentProxy } from 'unpdf';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { cleanText } from '../clean-text.ts';
import { HeadingPath } from '../heading-path.ts';
import { pageSection, type ParsedFile, type Section } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';
import { dropOverprints } from './drop-overprints.ts';
import { orderRuns } from './order-runs.ts';
import { joinRuns, type TextRun } from './page-lines.ts';
import { turnUpright } from './turn-upright.ts';
import { hasFields, readFields } from './read-fields.ts';
import { placeEntries, readOutline } from './read-outline.ts';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;
type PdfPage = Awaited<ReturnType<PdfDocument['getPage']>>;

const MAX_NAMED_PAGES = 20;

function toFailure(error: unknown): IngestionFailure {
  if (error instanceof IngestionFailure) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'PasswordException') {
    const message = 'The PDF is protected by a password; remove the password and upload it again.';
    return new IngestionFailure('UNSUPPORTED_FILE', message, { cause: error });
  }
  const detail = error instanceof Error ? error.message : String(error);
  const message = `The PDF is damaged and cannot be opened: ${detail.replace(/\.$/, '')}.`;
  return new IngestionFailure('CORRUPT_DATA', message, { cause: error });
}

/** Nothing is fetched, drawn or run: the parser gets bytes, and neither fonts, images nor scripts are of use for text. */
async function openPdf(bytes: Uint8Array): Promise<PdfDocument> {
  try {
    return await getDocumentProxy(bytes, {
      verbosity: 0,
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      enableXfa: false,
      disableAutoFetch: true,
      disableStream: true,
      maxImageSize: 0,
    });
  } catch (error) {
    throw toFailure(error);
  }
}

/** Reads a page's runs as they come, so that a page without end is noticed. */
async function readRuns(page: PdfPage, number: number): Promise<TextRun[]> {
  const runs: TextRun[] = [];
  let characters = 0;
  const reader = (page.streamTextContent() as ReadableStream<{ items: unknown[] }>).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    for (const item of next.value.items as Partial<TextRun>[]) {
      if (typeof item.str !== 'string') continue;
      runs.push(item as TextRun);
      characters += item.str.length + 1;
    }
    if (characters <= INGESTION_LIMITS.pageCharacters) continue;
    const message = `Page ${number} has more than ${INGESTION_LIMITS.pageCharacters} characters.`;
    const failure = new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location: `page ${number}` });
    await reader.cancel(failure);
    throw failure;
  }
  return runs;
}

async function readPage(document: PdfDocument, number: number, isForm: boolean): Promise<string> {
  const page = await document.getPage(number);
  try {
    const text = cleanText(joinRuns(orderRuns(dropOverprints(turnUpright(await readRuns(page, number))))));
    const fields = isForm ? await readFields(page) : '';
    return [text, fields].filter((piece) => piece !== '').join('\n\n');
  } finally {
    page.cleanup();
  }
}

function checkPages({ numPages }: PdfDocument): void {
  if (numPages === 0) throw new IngestionFailure('VALIDATION', 'The PDF has no pages, so it has no text.');
  if (numPages <= INGESTION_LIMITS.pages) return;
  throw new IngestionFailure(
    'PAYLOAD_TOO_LARGE',
    `The PDF has ${numPages} pages; at most ${INGESTION_LIMITS.pages} are allowed.`,
  );
}

function noteBroken(broken: readonly number[]): string[] {
  if (broken.length === 0) return [];
  const more = broken.length > MAX_NAMED_PAGES ? ` and ${broken.length - MAX_NAMED_PAGES} more` : '';
  const shown = broken.slice(0, MAX_NAMED_PAGES).join(', ');
  return [`Pages that are damaged and were left out: ${shown}${more}.`];
}

/**
 * Parses a PDF: the text of each page in reading order, under the headings of its outline. Pages that cannot be read are named in a note; if
 * none can, the file fails.
 */
export async function parsePdf(file: SourceFile): Promise<ParsedFile> {
  const notes: string[] = [];
  const document = await openPdf(await readWhole(file));

  async function* readPages(): AsyncGenerator<Section> {
    const broken: number[] = [];
    const path = new HeadingPath();
    try {
      checkPages(document);
      const outline = await readOutline(document);
      const isForm = await hasFields(document);
      for (let number = 1; number <= document.numPages; number++) {
        const text = await readPage(document, number, isForm).catch((error: unknown) => {
          broken.push(number);
          if (error instanceof IngestionFailure || broken.length === document.numPages)
            throw toFailure(error);
          return '';
        });
        const headings = placeEntries(text, outline.get(number) ?? [], path);
        yield pageSection(number, text, headings, path.titles());
        path.pass(headings);
      }
      notes.push(...noteBroken(broken));
    } finally {
      await document.destroy();
    }
  }
  return { sections: readPages(), hasUntypedValues: false, notes };
}
