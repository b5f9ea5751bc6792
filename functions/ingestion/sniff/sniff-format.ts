import { guessEncoding } from './encoding.ts';
import {
  type FileFormat,
  formatOfContentType,
  formatOfName,
  FORMATS,
  type KnownFormat,
  type TextFormat,
} from './known-formats.ts';
import { findBinaryType } from './magic.ts';
import { createDecoder } from './text-decoder.ts';
import { chooseJson, sniffText } from './sniff-text.ts';
import { unsupportedFile } from './unsupported-file.ts';

export interface SniffedFile {
  format: FileFormat;
  /** The encoding of a text format; null for the others. */
  encoding: string | null;
  contentType: string;
}

const TEXT_FORMATS = new Set<KnownFormat>([
  'text',
  'markdown',
  'html',
  'csv',
  'tsv',
  'json',
  'jsonl',
  'eml',
  'code',
]);

/** Further than browsers look, which stop behind a kilobyte. */
const DECLARED_WITHIN = 16_384;

function isTextFormat(format: KnownFormat | undefined): format is TextFormat {
  return format !== undefined && TEXT_FORMATS.has(format);
}

function describe(format: FileFormat, encoding: string | null): SniffedFile {
  return { format, encoding, contentType: FORMATS[format].contentType };
}

/** A kind of text is chosen by the name, then by the declared type, then by what the text looks like. */
function chooseText(name: string, contentType: string, sample: Uint8Array): TextFormat {
  const named = formatOfName(name);
  if (named === 'json' || named === 'jsonl') return chooseJson(named, sample);
  if (isTextFormat(named)) return named;
  if (named !== undefined && named !== 'fodf') throw unsupportedFile(name, 'text');
  const declared = formatOfContentType(contentType);
  return isTextFormat(declared) ? declared : sniffText(sample);
}

/** An OpenDocument file need not be packed: then it is one XML file. */
function isFlatOdf(sample: Uint8Array, encoding: string): boolean {
  const start = createDecoder(encoding).decode(sample.subarray(0, 4_096), { stream: true });
  return /^\ufeff?\s*(<\?xml[^>]*>\s*)?<office:document[\s>]/.test(start);
}

/** HTML and XML name their encoding near their beginning, behind comments at times; source code in one of its first two lines. */
function findDeclaredEncoding(sample: Uint8Array): string | null {
  const start = Buffer.from(sample.subarray(0, DECLARED_WITHIN)).toString('latin1');
  return (
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(start)?.[1] ??
    /^<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i.exec(start)?.[1] ??
    /^(?:[^\n]*\n)?[^\n]*coding[:=][ \t]*([-\w]+)/.exec(start)?.[1] ??
    null
  );
}

/**
 * Finds what a file is: by its bytes, whatever it is called; by its name only among kinds of text and for bare numbers, which have no mark.
 * What a ZIP archive holds is found once it is open.
 */
export function sniffFormat(name: string, contentType: string, sample: Uint8Array): SniffedFile {
  const named = formatOfName(name);
  if (named === 'fvecs' || named === 'bvecs') return describe(named, null);
  const guess = guessEncoding(sample);
  const binary = findBinaryType(sample, guess.encoding !== null);
  if (binary && (binary.id === 'ole' || binary.id === 'other')) throw unsupportedFile(name, binary.title);
  if (binary) return describe(binary.id as FileFormat, null);
  const { encoding } = guess.isCertain ? guess : guessEncoding(sample, findDeclaredEncoding(sample));
  if (encoding === null) throw unsupportedFile(name, 'binary data of an unknown kind');
  if (isFlatOdf(sample, encoding)) return describe('fodf', null);
  const format = chooseText(name, contentType, sample);
  // A message is bytes: each of its parts names an encoding of its own.
  return describe(format, format === 'eml' ? null : encoding);
}
