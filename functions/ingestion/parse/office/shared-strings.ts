import type { Archive } from '../archive.ts';
import { readXml } from '../read-xml.ts';

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
        if (name === 'si') strings.push(pieces.join(''));
      },
    },
    part,
  );
  return strings;
}
