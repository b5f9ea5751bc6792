import type { SniffedFile } from '../sniff/sniff-format.ts';
import type { Deadline } from './isolate/deadline.ts';
import { parseIsolated } from './isolate/parse-isolated.ts';
import { PARSER_LIMITS } from './isolate/parser-worker.ts';
import { checkWholeSize, parseInPlace, WHOLE_FORMATS } from './parse-in-place.ts';
import type { Resumption } from './resume-point.ts';
import type { ParsedFile } from './section.ts';
import type { SourceFile } from './source-file.ts';

/**
 * Parses a file of a known format into sections of text. Formats that are read whole, by parsers that a file can make hang or fill memory,
 * are parsed in a thread that can be ended; those that stream are bounded block by block where they are. Text, tables,
 * JSON arrays and JSON Lines tell where they could be read on later. A deadline ends a parser in its thread.
 */
export async function parseFile(
  file: SourceFile,
  sniffed: SniffedFile,
  resumption?: Resumption,
  deadline?: Deadline,
): Promise<ParsedFile> {
  if (!WHOLE_FORMATS.has(sniffed.format)) return await parseInPlace(file, sniffed, resumption);
  checkWholeSize(file, sniffed.format);
  return await parseIsolated(file, sniffed, PARSER_LIMITS, deadline);
}
