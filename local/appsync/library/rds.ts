import type { LibraryFunction } from './handler-session.ts';
import { isStatement, requireBag, writeStatement } from './rds-statement.ts';
import type { Aggregate, Statement } from './rds-statement.ts';
import { RdsText, TYPE_HINT } from './rds-text.ts';
import type { RdsRequest } from './rds-text.ts';

type Bag = Record<string, unknown>;

const sql: LibraryFunction = ([strings, ...values]) => {
  if (!Array.isArray(strings)) throw new Error('write it as a tag: sql`select 1`');
  return { type: 'SQL', strings: strings as string[], values } satisfies Statement;
};

function describe(type: 'SELECT' | 'INSERT' | 'UPDATE' | 'REMOVE'): LibraryFunction {
  return ([payload]) => ({ type, payload: requireBag(payload, 'the argument') }) satisfies Statement;
}

function write(statement: unknown, text: RdsText): string {
  if (typeof statement === 'string') return statement;
  if (isStatement(statement)) return writeStatement(statement, text);
  throw new Error(
    `a statement is a string, or made by sql, select, insert, update or remove, not ${JSON.stringify(statement)}`,
  );
}

function createStatement(quote: '"' | '`'): LibraryFunction {
  return (args): RdsRequest => {
    const statements = args.filter((statement) => statement !== null && statement !== undefined);
    if (statements.length === 0 || statements.length > 2)
      throw new Error(`takes one or two statements, not ${statements.length}`);
    const text = new RdsText(quote);
    const written = statements.map((statement) => write(statement, text));
    const { variableMap, variableTypeHintMap } = text;
    return { statements: written, variableMap, variableTypeHintMap };
  };
}

function hinted(hint: string): LibraryFunction {
  return ([value]) => {
    const isText = hint !== 'JSON' || typeof value === 'string';
    return { type: TYPE_HINT, hint, value: isText ? value : JSON.stringify(value) };
  };
}

function aggregate(words: string): LibraryFunction {
  return ([column]) => ({ type: '__AGGREGATE__', words, column }) satisfies Aggregate;
}

/** The value of one column as the Data API writes it: `{ stringValue: 'x' }`. */
function valueOf(field: unknown): unknown {
  const { isNull, ...typed } = (field ?? {}) as Bag;
  const [entry] = Object.entries(typed);
  if (isNull === true || !entry) return null;
  const [type, value] = entry;
  if (type !== 'arrayValue' && type !== 'arrayValues') return value;
  return Array.isArray(value) ? value.map(valueOf) : Object.values(value as Bag)[0];
}

function rowsOf(result: unknown): Bag[] {
  const { records, columnMetadata } = requireBag(result, 'a statement result');
  if (!Array.isArray(records) || !Array.isArray(columnMetadata)) return [];
  const labels = columnMetadata.map(
    (column: { label?: string; name?: string }) => column.label ?? column.name,
  );
  return records.map((record: unknown) =>
    Object.fromEntries(
      (record as unknown[]).map((field, i) => [labels[i] ?? String(i), valueOf(field)] as const),
    ),
  );
}

/** A list of rows for each statement; null for what is no result of the Data API. */
const toJsonObject: LibraryFunction = ([data]) => {
  try {
    const parsed: unknown = typeof data === 'string' ? JSON.parse(data) : data;
    const results = (parsed as { sqlStatementResults?: unknown } | null)?.sqlStatementResults;
    return Array.isArray(results) ? results.map(rowsOf) : null;
  } catch {
    return null;
  }
};

/** `util.rds` and the module `@aws-appsync/utils/rds`. */
export const rdsFunctions = {
  'util.rds.toJsonObject': toJsonObject,
  'rds.toJsonObject': toJsonObject,
  'rds.sql': sql,
  'rds.select': describe('SELECT'),
  'rds.insert': describe('INSERT'),
  'rds.update': describe('UPDATE'),
  'rds.remove': describe('REMOVE'),
  'rds.createPgStatement': createStatement('"'),
  'rds.createMySQLStatement': createStatement('`'),
  'rds.typeHint.DATE': hinted('DATE'),
  'rds.typeHint.DATETIME': hinted('TIMESTAMP'),
  'rds.typeHint.DECIMAL': hinted('DECIMAL'),
  'rds.typeHint.JSON': hinted('JSON'),
  'rds.typeHint.TIME': hinted('TIME'),
  'rds.typeHint.TIMESTAMP': hinted('TIMESTAMP'),
  'rds.typeHint.UUID': hinted('UUID'),
  'rds.agg.max': aggregate('MAX('),
  'rds.agg.maxDistinct': aggregate('MAX(DISTINCT '),
  'rds.agg.min': aggregate('MIN('),
  'rds.agg.minDistinct': aggregate('MIN(DISTINCT '),
  'rds.agg.count': aggregate('COUNT('),
  'rds.agg.countDistinct': aggregate('COUNT(DISTINCT '),
  'rds.agg.avg': aggregate('AVG('),
  'rds.agg.avgDistinct': aggregate('AVG(DISTINCT '),
  'rds.agg.sum': aggregate('SUM('),
  'rds.agg.sumDistinct': aggregate('SUM(DISTINCT '),
} satisfies Record<string, LibraryFunction>;
