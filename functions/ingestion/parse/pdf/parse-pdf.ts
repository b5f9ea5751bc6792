import { getDocumentProxy } from 'unpdf';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { cleanText } from '../clean-text.ts';
import { joinRuns, type TextRun } from './page-lines.ts';
import type { ParsedFile, Section } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

function toFailure(error: unknown): IngestionFailure {
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

async function readPage(document: PdfDocument, number: number): Promise<string> {
  const page = await document.getPage(number);
  try {
    const { items } = await page.getTextContent();
    return cleanText(joinRuns(items.filter((item): item is typeof item & TextRun => 'str' in item)));
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

/** Parses a PDF: the text of each page in reading order. Pages that cannot be read are named in a note; if none can, the file fails. */
export async function parsePdf(file: SourceFile): Promise<ParsedFile> {
  const notes: string[] = [];
  const document = await openPdf(await readWhole(file));

  async function* readPages(): AsyncGenerator<Section> {
    const broken: number[] = [];
    try {
      checkPages(document);
      for (let number = 1; number <= document.numPages; number++) {
        const text = await readPage(document, number).catch((error: unknown) => {
          broken.push(number);
          if (broken.length === document.numPages) throw toFailure(error);
          return '';
        });
        yield { kind: 'PAGE', text, page: number, headings: [], openHeadings: [], values: {} };
      }
      if (broken.length > 0) notes.push(`Pages that are damaged and were left out: ${broken.join(', ')}.`);
    } finally {
      await document.destroy();
    }
  }
  return { sections: readPages(), hasUntypedValues: false, notes };
}
