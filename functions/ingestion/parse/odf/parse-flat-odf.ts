import { IngestionFailure } from '../../ingestion-failure.ts';
import { FORMATS } from '../../sniff/known-formats.ts';
import { Archive } from '../archive.ts';
import { decodeXml } from '../read-xml.ts';
import type { ParsedFile } from '../section.ts';
import { ODF_CONTENT, ODF_STYLES, odfKindOf, parseOdf } from './parse-odf.ts';

/** The root element stands behind the XML declaration; LibreOffice writes some 3,000 characters of namespaces into it. */
const ROOT_CHARACTERS = 16_384;

/** Parses an OpenDocument file that is one XML file: its one part is content and styles. */
export function parseFlatOdf(bytes: Uint8Array): ParsedFile {
  const root = /<office:document\s[^>]*>/.exec(decodeXml(bytes.subarray(0, ROOT_CHARACTERS)))?.[0] ?? '';
  const kind = odfKindOf(/office:mimetype\s*=\s*["']([^"']*)/.exec(root)?.[1] ?? '');
  if (kind === null) {
    const message = 'The OpenDocument file does not say that it is a text, a spreadsheet or a presentation.';
    throw new IngestionFailure('UNSUPPORTED_FILE', message);
  }
  const part = (name: string) => ({ name, sizeBytes: bytes.length, read: () => bytes });
  const archive = new Archive([part(ODF_CONTENT), part(ODF_STYLES)]);
  return { ...parseOdf(archive, kind), contentType: FORMATS[kind].contentType };
}
