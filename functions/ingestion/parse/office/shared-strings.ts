import type { Archive } from '../archive.ts';
import { readXml } from '../read-xml.ts';

const ESCAPE = /_x([0-9A-Fa-f]{4})_/g;

/** Returns text with the characters that XML cannot hold, which spreadsheets write by their numbers. */
export function decodeEscapes(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Returns the texts that cells name by number; readings above characters of Asian scripts are left out. */
export function readSharedStrings(archive: Archive, part: string): string[] {
  const strings: string[] = [];
  const bytes = archive.find(part);
  if (!bytes) return strings;
  let pieces: string[] = [];
  let isText = false;
  let isReading = false;
  readXml(
    bytes,
    {
      open(name) {
        if (name === 'si') pieces = [];
        if (name === 'rPh') isReading = true;
        isText = name === 't' && !isReading;
      },
      text(text) {
        if (isText) pieces.push(text);
      },
      close(name) {
        if (name === 't') isText = false;
        if (name === 'rPh') isReading = false;
        if (name === 'si') strings.push(decodeEscapes(pieces.join('')));
      },
    },
    part,
  );
  return strings;
}
