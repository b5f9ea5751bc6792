/** Formats that are told apart by their bytes; those within a ZIP archive once it is open. */
export type BinaryFormat = 'zip' | 'pdf' | 'rtf' | 'fodf' | 'parquet' | 'npy';
export type PackedFormat = 'docx' | 'pptx' | 'xlsx' | 'epub' | 'odt' | 'ods' | 'odp';
/** Formats that only a name tells apart: plain text of a kind, or bare numbers. */
export type TextFormat = 'text' | 'markdown' | 'html' | 'csv' | 'tsv' | 'json' | 'jsonl' | 'eml' | 'code';
export type VectorFormat = 'fvecs' | 'bvecs';
export type FileFormat = BinaryFormat | TextFormat | VectorFormat;
export type KnownFormat = FileFormat | PackedFormat;

interface FormatFacts {
  contentType: string;
  extensions: string;
}

const OPEN_XML = 'application/vnd.openxmlformats-officedocument';
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument';

/** Every format that is read, with its media type and the ends of names that stand for it. */
export const FORMATS: Record<KnownFormat, FormatFacts> = {
  text: {
    contentType: 'text/plain',
    extensions: 'txt text log rst adoc org tex srt vtt yaml yml toml ini cfg conf properties xml',
  },
  markdown: { contentType: 'text/markdown', extensions: 'md markdown mdx' },
  html: { contentType: 'text/html', extensions: 'html htm xhtml' },
  csv: { contentType: 'text/csv', extensions: 'csv' },
  tsv: { contentType: 'text/tab-separated-values', extensions: 'tsv tab' },
  json: { contentType: 'application/json', extensions: 'json geojson' },
  jsonl: { contentType: 'application/x-ndjson', extensions: 'jsonl ndjson' },
  eml: { contentType: 'message/rfc822', extensions: 'eml' },
  code: {
    contentType: 'text/x-source',
    extensions:
      'js mjs cjs jsx ts mts cts tsx py pyi java c h cc cpp cxx hpp hh rs go php cs kt kts swift rb scala sh bash lua pl r sql dart ex exs hs m mm vue svelte css scss',
  },
  pdf: { contentType: 'application/pdf', extensions: 'pdf' },
  rtf: { contentType: 'application/rtf', extensions: 'rtf' },
  docx: { contentType: `${OPEN_XML}.wordprocessingml.document`, extensions: 'docx docm dotx' },
  pptx: { contentType: `${OPEN_XML}.presentationml.presentation`, extensions: 'pptx pptm ppsx potx' },
  xlsx: { contentType: `${OPEN_XML}.spreadsheetml.sheet`, extensions: 'xlsx xlsm xltx' },
  odt: { contentType: `${OPEN_DOCUMENT}.text`, extensions: 'odt ott' },
  ods: { contentType: `${OPEN_DOCUMENT}.spreadsheet`, extensions: 'ods ots' },
  fodf: { contentType: `${OPEN_DOCUMENT}.text-flat-xml`, extensions: 'fodt fods fodp' },
  odp: { contentType: `${OPEN_DOCUMENT}.presentation`, extensions: 'odp otp' },
  epub: { contentType: 'application/epub+zip', extensions: 'epub' },
  zip: { contentType: 'application/zip', extensions: 'zip npz' },
  parquet: { contentType: 'application/vnd.apache.parquet', extensions: 'parquet' },
  npy: { contentType: 'application/x-npy', extensions: 'npy' },
  fvecs: { contentType: 'application/x-fvecs', extensions: 'fvecs' },
  bvecs: { contentType: 'application/x-bvecs', extensions: 'bvecs' },
};

const KNOWN = Object.keys(FORMATS) as KnownFormat[];
const FORMAT_OF_EXTENSION = new Map(
  KNOWN.flatMap((format) =>
    FORMATS[format].extensions.split(' ').map((extension) => [extension, format] as const),
  ),
);
const FORMAT_OF_CONTENT_TYPE = new Map<string, KnownFormat>([
  ...KNOWN.map((format) => [FORMATS[format].contentType, format] as const),
  ['application/jsonl', 'jsonl'],
  ['application/jsonlines', 'jsonl'],
  ['application/xhtml+xml', 'html'],
  ['text/x-markdown', 'markdown'],
  ['text/rtf', 'rtf'],
  ['application/x-zip-compressed', 'zip'],
]);

/** Returns the extension of a file name in lower case, or an empty string. */
export function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** Returns the format that a file's name stands for. */
export function formatOfName(name: string): KnownFormat | undefined {
  return FORMAT_OF_EXTENSION.get(extensionOf(name));
}

/** Returns the format that a media type stands for. */
export function formatOfContentType(contentType: string): KnownFormat | undefined {
  return FORMAT_OF_CONTENT_TYPE.get(contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '');
}

/** Returns the usual end of the name of a file of a format. */
export function extensionOfFormat(format: KnownFormat): string {
  return FORMATS[format].extensions.split(' ', 1)[0] ?? '';
}

/** Returns the media type that a file's name stands for. */
export function contentTypeOfName(name: string): string {
  const format = formatOfName(name);
  return format ? FORMATS[format].contentType : 'application/octet-stream';
}
