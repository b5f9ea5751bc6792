import PostalMime, { type Address, type Email } from 'postal-mime';
import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import type { Note } from '../left-out.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { extensionOfFormat, formatOfContentType } from '../sniff/known-formats.ts';
import { cleanText, flattenText } from './clean-text.ts';
import { type ContainedFile, type Nesting, type ParseContained, readContained } from './contained-files.ts';
import { readHtmlText } from './html-text.ts';
import { toMailBytes } from './mail-bytes.ts';
import { type ParsedFile, type Section, textSection } from './section.ts';
import { readWhole, type SourceFile } from './source-file.ts';

/** A part without a name is called after its type; all that is text or about messages can at least be read as text. */
function extensionOfType(type: string): string {
  const format = formatOfContentType(type);
  if (format) return extensionOfFormat(format);
  return /^(text|message)\//.test(type) ? 'txt' : 'bin';
}

function listAddresses(addresses: readonly Address[]): string {
  const shown = addresses.map(({ name, address, group }) => {
    if (group) return `${name}: ${listAddresses(group)}`;
    return name === '' || name === address ? address : `${name} <${address}>`;
  });
  return shown.join(', ');
}

/** What a reader sees above a message, in that order; empty fields are left out. */
function readHead({ subject, from, to, cc, date }: Email): Metadata {
  const fields = {
    subject: subject ?? '',
    from: from ? listAddresses([from]) : '',
    to: listAddresses(to ?? []),
    cc: listAddresses(cc ?? []),
    date: date ?? '',
  };
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]) => [name, flattenText(cleanText(value))] as const)
      .filter(([, value]) => value !== ''),
  );
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function toSection(email: Email): Section {
  const head = readHead(email);
  const lines = Object.entries(head).map(([name, value]) => `${capitalise(name)}: ${String(value)}`);
  const plain = cleanText(email.text ?? '').trim();
  const body = plain === '' ? readHtmlText(email.html ?? '') : { text: plain, headings: [], tables: [] };
  const base = lines.join('\n').length + (lines.length > 0 ? 2 : 0);
  const text = [lines.join('\n'), body.text].filter((piece) => piece !== '').join('\n\n');
  const openHeadings = typeof head['subject'] === 'string' ? [head['subject']] : [];
  return {
    ...textSection(
      text,
      body.headings.map((heading) => ({
        ...heading,
        level: heading.level + 1,
        offset: heading.offset + base,
      })),
      openHeadings,
    ),
    tables: body.tables.map(({ start, headerEnd, end }) => ({
      start: start + base,
      headerEnd: headerEnd + base,
      end: end + base,
    })),
    values: head,
  };
}

function listAttachments({ attachments }: Email): ContainedFile[] {
  if (attachments.length > INGESTION_LIMITS.attachments) {
    const message = `The message has ${attachments.length} attachments; at most ${INGESTION_LIMITS.attachments} are allowed.`;
    throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
  }
  return attachments.map(({ filename, mimeType, content }, index) => ({
    name: filename ?? `attachment ${index + 1}.${extensionOfType(mimeType)}`,
    read: () => (typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)),
  }));
}

async function readMessage(bytes: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      attachmentEncoding: 'arraybuffer',
      forceRfc822Attachments: true,
      maxNestingDepth: INGESTION_LIMITS.nesting,
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const message = `The e-mail cannot be read: ${detail.replace(/\.$/, '')}.`;
    throw new IngestionFailure('VALIDATION', message, { cause: error });
  }
}

/** Parses an e-mail: its head, its text, and its attachments as what each of them is. Pictures it refers to are not fetched. */
export async function parseEml(
  file: SourceFile,
  parse: ParseContained,
  nesting: Nesting,
): Promise<ParsedFile> {
  const email = await readMessage(toMailBytes(await readWhole(file)));
  const attachments = listAttachments(email);
  const notes: Note[] = [];
  async function* readSections(): AsyncGenerator<Section> {
    yield toSection(email);
    yield* readContained(attachments, { parse, nesting, notes });
  }
  const hasUntypedValues = attachments.some(({ name }) => /\.(csv|tsv|tab)$/i.test(name));
  return { sections: readSections(), hasUntypedValues, notes };
}
