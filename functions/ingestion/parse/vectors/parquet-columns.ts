import { parquetSchema, type FileMetaData, type SchemaTree } from 'hyparquet';
import { IngestionFailure } from '../../ingestion-failure.ts';

/** Which columns of a Parquet file are the vector and the text. */
export interface ParquetColumns {
  vector: string | null;
  text: string | null;
}

const VECTOR_NAMES = /^(values|vectors?|embeddings?|emb)$/i;
const LIKE_A_VECTOR = /vector|embedding/i;
const TEXT_NAMES = /^(text|content|chunk|chunk_text|document|body|passage|page_content)$/i;

function leafOf(column: SchemaTree): SchemaTree | null {
  if (column.children.length === 0) return column;
  return column.children.length === 1 && column.children[0] ? leafOf(column.children[0]) : null;
}

function isRepeated(column: SchemaTree): boolean {
  return column.element.repetition_type === 'REPEATED' || column.children.some(isRepeated);
}

function isNumberList(column: SchemaTree): boolean {
  const type = leafOf(column)?.element.type;
  const isNumber = type === 'FLOAT' || type === 'DOUBLE';
  const isNamed = VECTOR_NAMES.test(column.element.name) && /^INT/.test(type ?? '');
  return isRepeated(column) && (isNumber || isNamed);
}

function chooseVector(names: readonly string[]): string | null {
  const named = names.filter((name) => VECTOR_NAMES.test(name));
  const alike = names.filter((name) => LIKE_A_VECTOR.test(name));
  for (const candidates of [named, alike, names]) if (candidates.length === 1) return candidates[0] ?? null;
  if (names.length === 0) return null;
  const shown = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 60)));
  const message = `The Parquet file has several columns of vectors (${shown.join(', ')}); name the one that counts "values".`;
  throw new IngestionFailure('VALIDATION', message);
}

/** Finds the vector and the text of a Parquet file by types and names. */
export function chooseColumns(metadata: FileMetaData): ParquetColumns {
  const columns = parquetSchema(metadata).children;
  const vector = chooseVector(columns.filter(isNumberList).map(({ element }) => element.name));
  const texts = columns.filter(
    ({ element }) => element.type === 'BYTE_ARRAY' && TEXT_NAMES.test(element.name),
  );
  const text = texts.find(({ element }) => element.name.toLowerCase() === 'text') ?? texts[0];
  return { vector, text: text?.element.name ?? null };
}
