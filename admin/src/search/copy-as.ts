import type { SearchInput } from '../../../schema/generated/types.ts';
import { documents } from '../generated/documents.ts';

/** Writes a value as a GraphQL literal; names of enums come without quotes. */
function printLiteral(value: unknown, enumFields: ReadonlySet<string>, name = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => printLiteral(item, enumFields)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(
      ([key, item]) => `${key}: ${printLiteral(item, enumFields, key)}`,
    );
    return `{ ${fields.join(', ')} }`;
  }
  return enumFields.has(name) ? String(value) : JSON.stringify(value);
}

const ENUM_FIELDS = new Set(['mode', 'method']);

/** Returns the search as a GraphQL document that can be pasted and run. */
export function printGraphql(input: SearchInput): string {
  return [
    'query {',
    `  searchVectors(input: ${printLiteral(input, ENUM_FIELDS)}) {`,
    '    hits { id score text metadata page file { id name } }',
    '    version',
    '    stats { tookMs exact matchedFilter }',
    '  }',
    '}',
  ].join('\n');
}

/** Returns the search as a curl command; the key is left to the reader. */
export function printCurl(input: SearchInput, graphqlUrl: string): string {
  const body = JSON.stringify({ query: documents.searchVectors, variables: { input } });
  // Within single quotes a shell reads everything literally but the quote itself.
  return [
    `curl '${graphqlUrl}' \\`,
    `  -H 'content-type: application/json' \\`,
    `  -H "authorization: $VECTOR_DB_KEY" \\`,
    `  --data-raw '${body.replace(/'/g, `'\\''`)}'`,
  ].join('\n');
}
