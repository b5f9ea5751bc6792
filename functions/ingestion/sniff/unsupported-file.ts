import { IngestionFailure } from '../ingestion-failure.ts';
import { formatOfName } from './known-formats.ts';

const SUPPORTED =
  'Supported are txt, md, html, csv, tsv, json, jsonl, pdf, docx, pptx, xlsx, odt, ods, odp, epub, rtf, eml, source code, zip of these, and parquet, npy, fvecs and bvecs with vectors.';

/** Returns the error of a file whose bytes are not what its name says, or that nothing here can read. */
export function unsupportedFile(name: string, found: string): IngestionFailure {
  const expected = formatOfName(name);
  const message = expected
    ? `The file is called "${name}", but its bytes are ${found}, not ${expected}. ${SUPPORTED}`
    : `The file "${name}" is ${found}, which is not supported. ${SUPPORTED}`;
  return new IngestionFailure('UNSUPPORTED_FILE', message);
}
