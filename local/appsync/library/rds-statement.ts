import { rdsConditions } from './rds-conditions.ts';
import type { RdsText } from './rds-text.ts';

type Bag = Record<string, unknown>;

/** What `select` and its kin answer: described here, written when the dialect is known. */
export type Statement =
  | { type: 'SQL'; strings: string[]; values: unknown[] }
  | { type: 'SELECT' | 'INSERT' | 'UPDATE' | 'REMOVE'; payload: Bag };

const TYPES = new Set(['SQL', 'SELECT', 'INSERT', 'UPDATE', 'REMOVE']);

/** What an aggregate such as `agg.count('id')` answers. */
export interface Aggregate {
  type: '__AGGREGATE__';
  words: string;
  column: unknown;
}

const JOINS: Record<string, string> = {
  join: 'JOIN',
  innerJoin: 'INNER JOIN',
  leftJoin: 'LEFT JOIN',
  leftOuterJoin: 'LEFT OUTER JOIN',
  rightJoin: 'RIGHT JOIN',
  rightOuterJoin: 'RIGHT OUTER JOIN',
  fullOuterJoin: 'FULL OUTER JOIN',
  crossJoin: 'CROSS JOIN',
  joinNatural: 'NATURAL JOIN',
  innerJoinNatural: 'NATURAL INNER JOIN',
  leftJoinNatural: 'NATURAL LEFT JOIN',
  leftOuterJoinNatural: 'NATURAL LEFT OUTER JOIN',
  rightJoinNatural: 'NATURAL RIGHT JOIN',
  rightOuterJoinNatural: 'NATURAL RIGHT OUTER JOIN',
  fullOuterJoinNatural: 'NATURAL FULL OUTER JOIN',
};

function isBag(value: unknown): value is Bag {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Returns an object, or says what should be one. */
export function requireBag(value: unknown, name: string): Bag {
  if (isBag(value)) return value;
  throw new Error(`${name} must be an object, not ${JSON.stringify(value)}`);
}

/** Tells whether a value is what `sql`, `select` and their kin answer. */
export function isStatement(value: unknown): value is Statement {
  return isBag(value) && typeof value.type === 'string' && TYPES.has(value.type);
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} must be a list, not ${JSON.stringify(value)}`);
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/** A name, an aggregate, a statement, or `{ alias: any of these }`. */
function source(value: unknown, text: RdsText): string {
  if (isStatement(value)) return `(${writeStatement(value, text)})`;
  if (!isBag(value)) return text.name(value);
  if (value.type === '__AGGREGATE__') {
    const { words, column } = value as unknown as Aggregate;
    return `${words}${text.name(column)})`;
  }
  const aliased = Object.entries(value).map(([alias, of]) => `${source(of, text)} AS ${text.name(alias)}`);
  if (aliased.length === 0) throw new Error('{} names no table or column');
  return aliased.join(', ');
}

function sources(value: unknown, name: string, text: RdsText): string {
  if (value === '*') return '*';
  return listOf(value, name)
    .map((column) => source(column, text))
    .join(', ');
}

function tableOf(payload: Bag, text: RdsText): string {
  const table = payload.table ?? payload.from;
  if (!isGiven(table)) throw new Error('`table` is missing');
  return source(table, text);
}

function where(payload: Bag, key: 'where' | 'having' | 'on', text: RdsText): string {
  const conditions = payload[key];
  if (!isGiven(conditions)) return '';
  const written = isStatement(conditions)
    ? writeStatement(conditions, text)
    : rdsConditions(conditions, text);
  return written === '' ? '' : ` ${key.toUpperCase()} ${written}`;
}

function joins(payload: Bag, text: RdsText): string {
  const parts = Object.entries(JOINS).flatMap(([key, words]) =>
    (isGiven(payload[key]) ? listOf(payload[key], key) : []).map((value) => {
      const join = requireBag(value, `a table of '${key}'`);
      const using = isGiven(join.using) ? ` USING (${sources(join.using, 'using', text)})` : '';
      return ` ${words} ${tableOf(join, text)}${using}${where(join, 'on', text)}`;
    }),
  );
  return parts.join('');
}

function groupBy(payload: Bag, text: RdsText): string {
  if (!isGiven(payload.groupBy)) return '';
  const columns = listOf(payload.groupBy, 'groupBy').map((column) =>
    Number.isInteger(column) ? String(column) : text.name(column),
  );
  return ` GROUP BY ${columns.join(', ')}`;
}

function orderBy(payload: Bag, text: RdsText): string {
  if (!isGiven(payload.orderBy)) return '';
  const columns = listOf(payload.orderBy, 'orderBy').map((value) => {
    const { column, dir } = requireBag(value, 'an entry of orderBy');
    const direction = isGiven(dir) ? String(dir).toUpperCase() : '';
    if (!['', 'ASC', 'DESC'].includes(direction)) {
      throw new Error(`dir must be 'ASC' or 'DESC', not ${JSON.stringify(dir)}`);
    }
    return `${text.name(column)} ${direction}`.trim();
  });
  return columns.length === 0 ? '' : ` ORDER BY ${columns.join(', ')}`;
}

function paging(payload: Bag, text: RdsText): string {
  const limit = isGiven(payload.limit) ? ` LIMIT ${text.value(payload.limit)}` : '';
  return isGiven(payload.offset) ? `${limit} OFFSET ${text.value(payload.offset)}` : limit;
}

function returning(payload: Bag, text: RdsText): string {
  if (!isGiven(payload.returning)) return '';
  if (text.quote === '`') throw new Error('`returning` is not supported by MySQL');
  return ` RETURNING ${sources(payload.returning, 'returning', text)}`;
}

function select(payload: Bag, text: RdsText): string {
  const columns = sources(payload.columns ?? '*', 'columns', text);
  const from = `SELECT ${columns} FROM ${tableOf(payload, text)}${joins(payload, text)}`;
  const filtered = `${from}${where(payload, 'where', text)}`;
  const groups = `${groupBy(payload, text)}${where(payload, 'having', text)}`;
  return `${filtered}${groups}${orderBy(payload, text)}${paging(payload, text)}`;
}

function valuesOf(payload: Bag): [string, unknown][] {
  const values = Object.entries(requireBag(payload.values, 'values'));
  if (values.length === 0) throw new Error('values must name at least one column');
  return values;
}

function insert(payload: Bag, text: RdsText): string {
  const values = valuesOf(payload);
  const names = values.map(([name]) => text.name(name)).join(', ');
  const variables = values.map(([, value]) => text.value(value)).join(', ');
  return `INSERT INTO ${tableOf(payload, text)} (${names}) VALUES (${variables})${returning(payload, text)}`;
}

function update(payload: Bag, text: RdsText): string {
  const set = valuesOf(payload).map(([name, value]) => `${text.name(name)} = ${text.value(value)}`);
  const table = tableOf(payload, text);
  return `UPDATE ${table} SET ${set.join(', ')}${where(payload, 'where', text)}${returning(payload, text)}`;
}

function remove(payload: Bag, text: RdsText): string {
  return `DELETE FROM ${tableOf(payload, text)}${where(payload, 'where', text)}${returning(payload, text)}`;
}

const WRITERS = { SELECT: select, INSERT: insert, UPDATE: update, REMOVE: remove };

/** Writes a statement in the dialect of `text`. */
export function writeStatement(statement: Statement, text: RdsText): string {
  if (statement.type !== 'SQL') return WRITERS[statement.type](statement.payload, text);
  const { strings, values } = statement;
  return strings.map((part, i) => (i === 0 ? part : `${text.value(values[i - 1])}${part}`)).join('');
}
