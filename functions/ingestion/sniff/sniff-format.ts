import { IngestionFailure } from '../ingestion-failure.ts';
import { guessEncoding } from './encoding.ts';
import { findBinaryType } from './magic.ts';

export type TextFormat = 'text' | 'markdown' | 'html' | 'csv' | 'tsv' | 'json' | 'jsonl';
export type FileFormat = TextFormat | 'pdf' | 'docx';

export interface SniffedFile {
  format: FileFormat;
  /** The encoding of a text format; null for the others. */
  encoding: string | null;
  contentType: string;
}

const FORMAT_OF_EXTENSION: Record<string, FileFormat> = {
  txt: 'text',
  text: 'text',
  log: 'text',
  rst: 'text',
  md: 'markdown',
  markdown: 'markdown',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  pdf: 'pdf',
  docx: 'docx',
};

export const CONTENT_TYPE_OF_FORMAT: Record<FileFormat, string> = {
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
};

const FORMAT_OF_CONTENT_TYPE: Record<string, FileFormat> = {
  ...Object.fromEntries(
    Object.entries(CONTENT_TYPE_OF_FORMAT).map(([format, type]) => [type, format as FileFormat]),
  ),
  'application/jsonl': 'jsonl',
  'application/jsonlines': 'jsonl',
  'application/xhtml+xml': 'html',
  'text/x-markdown': 'markdown',
};

const SUPPORTED = 'Supported are txt, md, html, csv, tsv, json, jsonl, pdf and docx.';
const HTML_START = /^\s*(<!doctype html|<html[\s>])/i;

/** Returns the extension of a file name in lower case, or an empty string. */
export function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** Returns the media type that a file's name stands for. */
export function contentTypeOfName(name: string): string {
  const format = FORMAT_OF_EXTENSION[extensionOf(name)];
  return format ? CONTENT_TYPE_OF_FORMAT[format] : 'application/octet-stream';
}

/** Returns the error of a file whose bytes are not what its name says, or that nothing here can read. */
export function unsupportedFile(name: string, found: string): IngestionFailure {
  const expected = FORMAT_OF_EXTENSION[extensionOf(name)];
  const message = expected
    ? `The file is called "${name}", but its bytes are ${found}, not ${expected}. ${SUPPORTED}`
    : `The file "${name}" is ${found}, which is not supported. ${SUPPORTED}`;
  return new IngestionFailure('UNSUPPORTED_FILE', message);
}

function formatOfName(name: string, contentType: string): FileFormat | undefined {
  const bare = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return FORMAT_OF_EXTENSION[extensionOf(name)] ?? FORMAT_OF_CONTENT_TYPE[bare];
}

function sniffText(name: string, contentType: string, sample: Uint8Array): TextFormat {
  const named = formatOfName(name, contentType);
  if (named === 'pdf' || named === 'docx') throw unsupportedFile(name, 'text');
  if (named) return named;
  if (extensionOf(name) !== '' && !contentType.startsWith('text/')) {
    throw unsupportedFile(name, `text of the unknown kind ".${extensionOf(name)}"`);
  }
  return HTML_START.test(Buffer.from(sample.subarray(0, 1024)).toString('latin1')) ? 'html' : 'text';
}

function requireEncoding(name: string, sample: Uint8Array): string {
  const { encoding } = guessEncoding(sample, findDeclaredEncoding(sample));
  if (encoding === null) throw unsupportedFile(name, 'binary data of an unknown kind');
  return encoding;
}

/** HTML and XML name their encoding in the first kilobyte. */
function findDeclaredEncoding(sample: Uint8Array): string | null {
  const start = Buffer.from(sample.subarray(0, 1024)).toString('latin1');
  return (
    /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(start)?.[1] ??
    /^<\?xml[^>]+encoding\s*=\s*["']([\w-]+)/i.exec(start)?.[1] ??
    null
  );
}

/** Finds what a file is: by its bytes first, and by its name only among kinds of text. A zip archive is taken for docx until it is opened. */
export function sniffFormat(name: string, contentType: string, sample: Uint8Array): SniffedFile {
  const isText = guessEncoding(sample).encoding !== null;
  const binary = findBinaryType(sample, isText);
  const named = FORMAT_OF_EXTENSION[extensionOf(name)];
  if (binary?.id === 'pdf' && (named === undefined || named === 'pdf')) return describeFormat('pdf', null);
  if (binary?.id === 'zip' && (named === undefined || named === 'docx')) return describeFormat('docx', null);
  if (binary) throw unsupportedFile(name, binary.title);
  const encoding = requireEncoding(name, sample);
  return describeFormat(sniffText(name, contentType, sample), encoding);
}

function describeFormat(format: FileFormat, encoding: string | null): SniffedFile {
  return { format, encoding, contentType: CONTENT_TYPE_OF_FORMAT[format] };
}
