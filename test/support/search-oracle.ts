import type { Filter, Metric, Row, SearchQuery } from '../../engine/api.ts';
import { analyzeQuery, analyzeText } from '../../engine/index.ts';

/** A ranked row of the oracle. */
export interface OracleHit {
  id: string;
  score: number;
}

/**
 * Ranks rows by brute force, straight from the definitions and with no code of the engine but its splitting and stemming of
 * words. Rows of `plainIds` were stored by a version that knew no stems.
 */
export function oracleSearch(
  rows: Iterable<Row>,
  query: SearchQuery,
  metric: Metric,
  plainIds: ReadonlySet<string> = new Set(),
): OracleHit[] {
  const all = [...rows];
  const allowed = all.filter((row) => isAllowed(row, query));
  const vector =
    query.mode === 'KEYWORD'
      ? []
      : rank(allowed.map((row) => ({ id: row.id, score: similarity(row.values, query.values!, metric) })));
  const keyword =
    query.mode === 'VECTOR'
      ? []
      : rankByWords(all, { allowed: new Set(allowed), text: query.text!, plainIds });
  const ranked = query.mode === 'HYBRID' ? fuse(vector, keyword, query) : [...vector, ...keyword];
  return ranked
    .filter(({ score }) => query.minScore === null || score >= query.minScore)
    .slice(0, query.topK);
}

function isAllowed(row: Row, query: SearchQuery): boolean {
  if (query.excludeIds.includes(row.id)) return false;
  if (query.fileIds !== null && (row.fileId === null || !query.fileIds.includes(row.fileId))) return false;
  return query.filter === null || oracleMatches(row, query.filter);
}

function rank(hits: OracleHit[]): OracleHit[] {
  return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function similarity(a: Float32Array, b: Float32Array, metric: Metric): number {
  let dot = 0;
  let squares = 0;
  let normA = 0;
  let normB = 0;
  a.forEach((x, i) => {
    const y = b[i]!;
    dot += x * y;
    squares += (x - y) ** 2;
    normA += x * x;
    normB += y * y;
  });
  if (metric === 'DOT_PRODUCT') return dot;
  return metric === 'EUCLIDEAN' ? 1 / (1 + Math.sqrt(squares)) : dot / Math.sqrt(normA * normB);
}

function rankByWords(
  all: Row[],
  { allowed, text, plainIds }: { allowed: Set<Row>; text: string; plainIds: ReadonlySet<string> },
): OracleHit[] {
  const documents = all
    .map((row) => ({ row, isPlain: plainIds.has(row.id), words: analyzeText(row.text ?? '') }))
    .filter(({ words }) => words.length > 0);
  const average = documents.reduce((sum, { words }) => sum + words.length, 0) / documents.length;
  const totals = documents.map(({ row }) => ({
    id: row.id,
    score: 0,
    isHit: false,
    isAllowed: allowed.has(row),
  }));
  for (const { term, stems } of analyzeQuery(text)) {
    const counted = documents.map(({ isPlain, words }) => {
      const written = words.filter((word) => word.term === term).length;
      const byStem = words.filter(({ stem }) => stem !== null && stems.includes(stem)).length;
      return { written, byStem: isPlain ? 0 : byStem, isWhole: isPlain || stems.length === 0 };
    });
    const having = Math.max(
      counted.filter(({ written }) => written > 0).length,
      counted.filter(({ written, byStem, isWhole }) => (isWhole ? written : byStem) > 0).length,
    );
    const idf = Math.log(1 + (documents.length - having + 0.5) / (having + 0.5));
    counted.forEach(({ written, byStem, isWhole }, i) => {
      const relative = documents[i]!.words.length / average;
      const part = (weight: number, frequency: number): number =>
        Math.round(((weight * frequency * 2.2) / (frequency + 1.2 * (0.25 + 0.75 * relative))) * 2 ** 32) /
        2 ** 32;
      totals[i]!.score += part(isWhole ? idf : idf / 2, written) + part(idf / 2, byStem);
      totals[i]!.isHit ||= written + byStem > 0;
    });
  }
  return rank(
    totals.filter(({ isHit, isAllowed }) => isHit && isAllowed).map(({ id, score }) => ({ id, score })),
  );
}

function fuse(vector: OracleHit[], keyword: OracleHit[], { fusion }: SearchQuery): OracleHit[] {
  const scores = new Map<string, number>();
  const add = (list: OracleHit[], weight: number): void => {
    const best = list[0]?.score ?? 0;
    const worst = list.at(-1)?.score ?? 0;
    list.forEach(({ id, score }, i) => {
      const scaled = best === worst ? 1 : (score - worst) / (best - worst);
      const part = fusion.method === 'RRF' ? 1 / (fusion.k + i + 1) : weight * scaled;
      scores.set(id, (scores.get(id) ?? 0) + part);
    });
  };
  add(vector, fusion.vectorWeight);
  add(keyword, 1 - fusion.vectorWeight);
  return rank(Array.from(scores, ([id, score]) => ({ id, score })));
}

/** Decides by the definition whether a row matches a filter. */
export function oracleMatches(row: Row, filter: Filter): boolean {
  if (filter.and) return filter.and.every((child) => oracleMatches(row, child));
  if (filter.or) return filter.or.some((child) => oracleMatches(row, child));
  if (filter.not) return !oracleMatches(row, filter.not);
  const value = row.metadata[filter.field!];
  if (typeof filter.exists === 'boolean') return (value !== undefined) === filter.exists;
  if (value === undefined) return false;
  const condition = filter.string ?? filter.number ?? filter.boolean ?? filter.list ?? {};
  return Object.entries(condition).every(([operator, operand]) => holds(value, operator, operand));
}

function holds(value: unknown, operator: string, operand: unknown): boolean {
  const many = Array.isArray(operand) ? (operand as unknown[]) : [operand];
  if (Array.isArray(value)) {
    if (operator === 'containsAny') return many.some((one) => value.includes(one));
    return many.every((one) => value.includes(one));
  }
  const [a, b] = [value as number, operand as number];
  switch (operator) {
    case 'eq':
      return a === b;
    case 'ne':
      return a !== b;
    case 'gt':
      return a > b;
    case 'gte':
      return a >= b;
    case 'lt':
      return a < b;
    case 'lte':
      return a <= b;
    case 'in':
      return many.includes(value);
    case 'notIn':
      return !many.includes(value);
    case 'between':
      return a >= (many[0] as number) && a <= (many[1] as number);
    case 'beginsWith':
      return String(value).startsWith(String(operand));
    case 'contains':
      return String(value).includes(String(operand));
    default:
      throw new Error(`the oracle does not know ${operator}`);
  }
}
