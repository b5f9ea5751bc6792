import { INGESTION_LIMITS } from '../../limits.ts';
import { extensionOf } from '../../sniff/known-formats.ts';
import { cleanText } from '../clean-text.ts';
import { decodeWhole } from '../decode-text.ts';
import { parseText } from '../parse-text.ts';
import { type Heading, type ParsedFile, textSection } from '../section.ts';
import type { SourceFile } from '../source-file.ts';
import { findDeclarations } from './find-declarations.ts';
import { grammarOf } from './grammars.ts';
import { guessDeclarations } from './guess-declarations.ts';

function findHeadings(name: string, source: string, notes: string[]): Heading[] {
  const grammar = grammarOf(extensionOf(name));
  if (!grammar) return guessDeclarations(source);
  try {
    return findDeclarations(grammar, source);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    notes.push('The source is nested too deeply for its grammar; its functions were found line by line.');
    return guessDeclarations(source);
  }
}

/** Parses source code: the text as written, its classes and functions as headings. Code beyond the ceiling for grammars is plain text. */
export async function parseCode(file: SourceFile, encoding: string): Promise<ParsedFile> {
  if (file.sizeBytes > INGESTION_LIMITS.codeBytes) return parseText(file, encoding);
  const notes: string[] = [];
  const source = cleanText(await decodeWhole(file, encoding, notes));
  const headings = findHeadings(file.name, source, notes);
  return { sections: [textSection(source, headings)], hasUntypedValues: false, notes };
}
