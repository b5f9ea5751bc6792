/** What the first bytes of a file say that it is. */
export interface BinaryType {
  id: 'pdf' | 'zip' | 'ole' | 'rtf' | 'parquet' | 'npy' | 'other';
  /** With its article, to be put into a sentence. */
  title: string;
}

type Signature = [title: string, hex: string, offset?: number];

const SIGNATURES: Signature[] = [
  ['a PNG image', '89504e470d0a1a0a'],
  ['a JPEG image', 'ffd8ff'],
  ['a GIF image', '47494638'],
  ['a TIFF image', '49492a00'],
  ['a TIFF image', '4d4d002a'],
  ['a WebP image', '57454250', 8],
  ['a WAV sound', '57415645', 8],
  ['an AVI video', '41564920', 8],
  ['an MP4 or HEIC file', '66747970', 4],
  ['an MP3 sound', '494433'],
  ['an Ogg file', '4f676753'],
  ['a FLAC sound', '664c6143'],
  ['a Matroska or WebM video', '1a45dfa3'],
  ['a gzip archive', '1f8b08'],
  ['a bzip2 archive', '425a6839'],
  ['an xz archive', 'fd377a585a00'],
  ['a Zstandard archive', '28b52ffd'],
  ['a 7-Zip archive', '377abcaf271c'],
  ['a RAR archive', '526172211a07'],
  ['a tar archive', '7573746172', 257],
  ['an ELF program', '7f454c46'],
  ['a Mach-O program', 'cffaedfe'],
  ['a Java class', 'cafebabe'],
  ['a WebAssembly module', '0061736d'],
  ['an SQLite database', '53514c69746520666f726d6174203300'],
  ['an HDF5 file', '894844460d0a1a0a'],
  ['a PostScript file', '25215053'],
  ['an Outlook winmail.dat', '789f3e22'],
  ['a PGP signature, key or message', '2d2d2d2d2d424547494e2050475020'],
];

/** Two letters can begin a text too: these count only for bytes that are not text. */
const WEAK_SIGNATURES: Signature[] = [
  ['a Windows program', '4d5a'],
  ['a BMP image', '424d'],
];

/** What an OLE container holds, by the name of a stream; the first that is found counts. */
const OLE_KINDS: [stream: string, title: string][] = [
  ['EncryptedPackage', 'an encrypted Office document; remove its password and upload it again'],
  ['__substg1.0_', 'an Outlook message (msg); save it as eml and upload it again'],
  ['WordDocument', 'an old Word document (doc); save it as docx and upload it again'],
  ['PowerPoint Document', 'an old PowerPoint presentation (ppt); save it as pptx and upload it again'],
  ['Workbook', 'an old Excel workbook (xls); save it as xlsx and upload it again'],
];
const OTHER_OLE = 'an old Office document or Outlook message (OLE container)';

/** Formats that are read, by their first bytes. */
const READABLE: [id: BinaryType['id'], title: string, hex: string][] = [
  ['zip', 'a ZIP archive', '504b0304'],
  ['zip', 'a ZIP archive', '504b0506'],
  ['ole', OTHER_OLE, 'd0cf11e0a1b11ae1'],
  ['rtf', 'an RTF document', '7b5c727466'],
  ['parquet', 'a Parquet file', '50415231'],
  ['npy', 'a NumPy array', '934e554d5059'],
];

/** Readers of PDF look for its mark within so many bytes. */
const PDF_WINDOW = 1024;
/** A text may speak of PDF, but nothing stands before the mark of one but spaces, or the mark of UTF-8 as a wrong editor writes it. */
const BEGINS_AS_PDF = /^(?:\u00ef\u00bb\u00bf)?\s*%PDF-/;

function matches(bytes: Uint8Array, [, hex, offset = 0]: Signature): boolean {
  const length = hex.length / 2;
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('hex') === hex;
}

function nameOle(bytes: Buffer): string {
  const kind = OLE_KINDS.find(([stream]) => bytes.includes(Buffer.from(stream, 'utf16le')));
  return kind?.[1] ?? OTHER_OLE;
}

/** Returns the type that the first bytes name, or null; `isText` says whether they could be text. */
export function findBinaryType(bytes: Uint8Array, isText: boolean): BinaryType | null {
  const start = Buffer.from(bytes.subarray(0, PDF_WINDOW)).toString('latin1');
  if (BEGINS_AS_PDF.test(start) || (!isText && start.includes('%PDF-')))
    return { id: 'pdf', title: 'a PDF document' };
  const readable = READABLE.find(([, , hex]) => matches(bytes, ['', hex]));
  if (readable?.[0] === 'ole') return { id: 'ole', title: nameOle(Buffer.from(bytes)) };
  if (readable) return { id: readable[0], title: readable[1] };
  const candidates = isText ? SIGNATURES : [...SIGNATURES, ...WEAK_SIGNATURES];
  const found = candidates.find((signature) => matches(bytes, signature));
  return found ? { id: 'other', title: found[0] } : null;
}
