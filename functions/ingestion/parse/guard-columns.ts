import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';

const LINE_FEED = 10;

/**
 * Passes a table's text on while its lines are such as tables have: the parser of rows would collect millions of columns before anyone
 * could count them. Lines are those of the text, whatever is quoted, so that a stray quotation mark cannot hide one.
 */
export async function* guardColumns(
  blocks: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<string> {
  const code = delimiter.charCodeAt(0);
  let line = 1;
  let delimiters = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at++) {
      const character = block.charCodeAt(at);
      if (character === LINE_FEED) {
        line++;
        delimiters = 0;
      } else if (character === code && ++delimiters > INGESTION_LIMITS.delimitersPerLine) {
        const message = `Line ${line} has more than ${INGESTION_LIMITS.delimitersPerLine} delimiters; at most ${INGESTION_LIMITS.columns} columns are allowed.`;
        throw new IngestionFailure('VALIDATION', message, { location: `line ${line}` });
      }
    }
    yield block;
  }
}
