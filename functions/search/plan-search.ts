import type { SearchQuery } from '../../engine/api.ts';
import type { SearchInput, SearchMode } from '../../schema/generated/types.ts';
import type { DatabaseItem } from '../shared/database-item.ts';
import { readFilter } from '../shared/read-filter.ts';
import { RequestError } from '../shared/request-error.ts';
import { defaultOf, validateFields } from '../shared/validate-arguments.ts';
import { readValues } from '../shared/values.ts';

/** Where the vector to search for comes from. */
export type VectorSource =
  { from: 'VALUES'; values: Float32Array } | { from: 'VECTOR'; id: string } | { from: 'TEXT'; text: string };

/** A search as plain data: everything is decided, nothing is fetched. */
export interface SearchPlan {
  /** What the engine is asked, but for the vector, which may have to be fetched or embedded. */
  query: Omit<SearchQuery, 'values'>;
  /** Null when the mode needs none. */
  source: VectorSource | null;
  topK: number;
  isGrouped: boolean;
  /** 0..1; 0 leaves the engine's order. */
  diversity: number;
  /** The text whose words are marked in the hits. */
  text: string | null;
}

const VERSION_DIGITS = 12;
/** Maximal marginal relevance chooses from this many times the hits that it is to answer. */
const DIVERSITY_CANDIDATES = 4;
const MIN_DIVERSITY_CANDIDATES = 50;
const MAX_CANDIDATES = 1_000;

function refuse(field: string, message: string, hint?: string): never {
  throw new RequestError('VALIDATION', message, { field, hint });
}

function readText(input: SearchInput): string | null {
  const text = input.text ?? null;
  if (text !== null && text.trim() === '')
    refuse('input.text', 'input.text is blank; it must hold words to search for.');
  return text;
}

/** Returns the vector that the caller named, by its values or by a stored vector's id. */
function readSource(input: SearchInput, { dimension, metric }: DatabaseItem): VectorSource | null {
  const values = readValues(input, dimension, 'input');
  const likeVectorId = input.likeVectorId ?? null;
  if (values && likeVectorId !== null) {
    refuse('input.likeVectorId', 'input has both values and likeVectorId; give one of them.');
  }
  if (likeVectorId !== null) return { from: 'VECTOR', id: likeVectorId };
  if (values && metric === 'COSINE' && values.every((value) => value === 0)) {
    const field = input.values ? 'input.values' : 'input.valuesBase64';
    refuse(
      field,
      `${field} is the zero vector, which has no direction: a COSINE database cannot compare it.`,
    );
  }
  return values && { from: 'VALUES', values };
}

function chooseMode(
  input: SearchInput,
  has: { text: boolean; source: boolean; embedding: boolean },
): SearchMode {
  if (!has.text && !has.source) {
    refuse(
      'input.text',
      'input has none of text, values, valuesBase64 and likeVectorId; give at least one of them.',
    );
  }
  const canCompareVectors = has.source || has.embedding;
  if (!input.mode) {
    if (!has.text) return 'VECTOR';
    return canCompareVectors ? 'HYBRID' : 'KEYWORD';
  }
  if (input.mode !== 'VECTOR' && !has.text) {
    refuse('input.text', `input.mode is ${input.mode}, which searches for words: input.text is required.`);
  }
  if (input.mode !== 'KEYWORD' && !canCompareVectors) {
    refuse(
      'input.values',
      `input.mode is ${input.mode}, which compares vectors, and this database has no embedding to make one from text.`,
      'Give values, valuesBase64 or likeVectorId, or use mode KEYWORD.',
    );
  }
  return input.mode;
}

function readFusion(input: SearchInput): SearchQuery['fusion'] {
  const { fusion } = input;
  if (fusion) validateFields('FusionInput', fusion, 'input.fusion.');
  return {
    method: fusion?.method ?? 'RRF',
    k: fusion?.k ?? (defaultOf('FusionInput', 'k') as number),
    vectorWeight: fusion?.vectorWeight ?? (defaultOf('FusionInput', 'vectorWeight') as number),
  };
}

/** Versions compare as strings of twelve digits; a shorter spelling of the same number means the same. */
function readMinVersion(minVersion: string | null | undefined): string | null {
  if (minVersion === undefined || minVersion === null) return null;
  const digits = minVersion.replace(/^0+/, '');
  if (digits.length > VERSION_DIGITS) {
    const message = `input.minVersion is "${minVersion}"; a version has at most ${VERSION_DIGITS} digits.`;
    refuse('input.minVersion', message);
  }
  return digits.padStart(VERSION_DIGITS, '0');
}

function readMinScore(minScore: number | null | undefined): number | null {
  if (minScore === undefined || minScore === null) return null;
  if (!Number.isFinite(minScore))
    refuse('input.minScore', `input.minScore is ${minScore}; it must be a finite number.`);
  return minScore;
}

function countCandidates(topK: number, diversity: number): number {
  if (diversity === 0) return topK;
  return Math.min(MAX_CANDIDATES, Math.max(topK * DIVERSITY_CANDIDATES, MIN_DIVERSITY_CANDIDATES));
}

/** Decides everything about a search that can be decided without fetching anything. */
export function planSearch(input: SearchInput, item: DatabaseItem): SearchPlan {
  validateFields('SearchInput', input, 'input.');
  const text = readText(input);
  const named = readSource(input, item);
  const mode = chooseMode(input, {
    text: text !== null,
    source: named !== null,
    embedding: item.embedding !== null,
  });
  const source = mode === 'KEYWORD' ? null : (named ?? { from: 'TEXT' as const, text: text as string });
  const topK = input.topK ?? (defaultOf('SearchInput', 'topK') as number);
  const diversity = input.diversity ?? (defaultOf('SearchInput', 'diversity') as number);
  return {
    query: {
      mode,
      text: mode === 'VECTOR' ? null : text,
      topK: countCandidates(topK, diversity),
      fusion: readFusion(input),
      filter: readFilter(input, 'input.'),
      fileIds: input.fileIds ? [...new Set(input.fileIds)] : null,
      minScore: readMinScore(input.minScore),
      exact: input.exact ?? false,
      effort: input.effort ?? (defaultOf('SearchInput', 'effort') as number),
      minVersion: readMinVersion(input.minVersion),
      explain: input.explain ?? false,
      excludeIds: source?.from === 'VECTOR' ? [source.id] : [],
    },
    source,
    topK,
    isGrouped: input.groupByFile ?? false,
    diversity,
    text,
  };
}
