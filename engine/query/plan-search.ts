import type { DatabaseConfig, SearchQuery } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';
import { analyzeQuery, type QueryWord } from '../index/analyze-text.ts';
import { MAX_TOP_K } from '../kernels/kernels.ts';
import { MAX_INDEX_K } from './plan-probes.ts';
import { fieldTypes, type Manifest, type SegmentEntry } from '../manifest/manifest.ts';
import { checkValues, normalizeValues } from '../segment/check-values.ts';
import { COLUMN_PREFIX, SECTIONS } from '../segment/segment-sections.ts';
import { compileFilter, filterFields, type CompiledFilter } from './compile-filter.ts';

/** What a search will do, as plain data. */
export interface SearchPlan {
  mode: SearchQuery['mode'];
  topK: number;
  /** How many hits each list brings to the fusion. */
  depth: number;
  /** The query vector as the kernels take it; null in keyword mode. */
  values: Float32Array | null;
  /** Distinct words, ascending; null in vector mode. */
  words: QueryWord[] | null;
  filter: CompiledFilter | null;
  fileIds: string[] | null;
  excludeIds: string[];
  minScore: number | null;
  /** Compare every allowed vector. */
  exact: boolean;
  /** How deep an index is searched, 0..1. */
  effort: number;
  fusion: SearchQuery['fusion'];
  explain: boolean;
  segments: SegmentEntry[];
  /** Sections to load of every segment, besides the vectors. */
  sections: string[];
}

/** Bounds of a query. */
const QUERY_LIMITS = { text: 100_000, words: 1024, ids: 10_000 } as const;

/** What the keyword search of a segment needs before it knows which postings to read. */
const KEYWORD_SECTIONS = [SECTIONS.terms, SECTIONS.postingBlocks, SECTIONS.lengths, SECTIONS.plainRows];

/** A fused list looks at least this deep into each of its sources, so that a hit of middling rank in both can win. */
const MIN_FUSION_DEPTH = 200;

/** Returns how many hits each list brings to a fusion: four times the answer, as far as an index serves it. */
function fusionDepth(topK: number): number {
  return Math.max(topK, Math.min(MAX_INDEX_K, Math.max(MIN_FUSION_DEPTH, topK * 4)));
}

/** Checks a query and plans it on one manifest. */
export function planSearch(query: SearchQuery, manifest: Manifest, config: DatabaseConfig): SearchPlan {
  checkBounds(query);
  const filter = query.filter === null ? null : compileFilter(query.filter, fieldTypes(manifest));
  const needsVector = query.mode !== 'KEYWORD';
  const needsKeyword = query.mode !== 'VECTOR';
  const words = needsKeyword ? planWords(query) : null;
  return {
    mode: query.mode,
    topK: query.topK,
    depth: query.mode === 'HYBRID' ? fusionDepth(query.topK) : query.topK,
    values: needsVector ? planValues(query, config) : null,
    words,
    filter,
    fileIds: query.fileIds,
    excludeIds: query.excludeIds,
    minScore: query.minScore,
    exact: query.exact,
    effort: query.effort,
    fusion: query.fusion,
    explain: query.explain,
    segments: manifest.segments,
    sections: [
      ...(query.excludeIds.length === 0 ? [] : [SECTIONS.ids]),
      ...(query.fileIds === null ? [] : [SECTIONS.files, SECTIONS.fileCodes]),
      ...(words === null ? [] : KEYWORD_SECTIONS),
      ...(filter === null ? [] : filterFields(filter).map((field) => COLUMN_PREFIX + field)),
    ],
  };
}

/** Fails with Unavailable when the database has not reached the version that the caller has seen. */
export function checkMinVersion(minVersion: string | null, version: string): void {
  if (minVersion === null) return;
  if (!/^\d{12}$/.test(minVersion)) {
    const message = `minVersion is ${showValue(minVersion)}; it must be a version that a write or a search answered (12 digits).`;
    throw invalidInput(message, { field: 'minVersion', limit: '12 digits' });
  }
  if (minVersion <= version) return;
  const message = `The database is at version ${version}, and ${minVersion} was asked for. Try again.`;
  throw new VectorDbError('Unavailable', message, {
    field: 'minVersion',
    actual: version,
    limit: minVersion,
  });
}

function checkBounds(query: SearchQuery): void {
  const { topK, minScore, fusion } = query;
  if (!Number.isInteger(topK) || topK < 1) {
    throw invalidInput(`topK is ${showValue(topK)}; it must be an integer of at least 1.`, {
      field: 'topK',
      limit: 1,
    });
  }
  checkCount('topK', topK, MAX_TOP_K);
  checkCount('fileIds', query.fileIds?.length ?? 0, QUERY_LIMITS.ids);
  checkCount('excludeIds', query.excludeIds.length, QUERY_LIMITS.ids);
  if (minScore !== null && !Number.isFinite(minScore)) {
    throw invalidInput(`minScore is ${minScore}; it must be a finite number.`, { field: 'minScore' });
  }
  if (!(query.effort >= 0 && query.effort <= 1)) {
    throw invalidInput(`effort is ${showValue(query.effort)}; it must be from 0 to 1.`, { field: 'effort' });
  }
  if (!(fusion.k > 0 && fusion.k <= 10_000)) {
    throw invalidInput(`fusion.k is ${showValue(fusion.k)}; it must be above 0, and at most 10,000.`, {
      field: 'fusion.k',
    });
  }
  if (!(fusion.vectorWeight >= 0 && fusion.vectorWeight <= 1)) {
    const message = `fusion.vectorWeight is ${showValue(fusion.vectorWeight)}; it must be from 0 to 1.`;
    throw invalidInput(message, { field: 'fusion.vectorWeight' });
  }
}

function checkCount(field: string, actual: number, limit: number): void {
  if (actual <= limit) return;
  throw new VectorDbError('LimitExceeded', `${field} is ${actual}; at most ${limit} is allowed.`, {
    field,
    actual,
    limit,
  });
}

function planValues({ values, mode }: SearchQuery, config: DatabaseConfig): Float32Array {
  if (values === null)
    throw invalidInput(`A search of mode ${mode} needs a query vector.`, { field: 'values' });
  const [wrong] = checkValues(values, config);
  if (wrong !== undefined) throw invalidInput(`The query cannot be used: ${wrong.message}`, wrong.info);
  return config.metric === 'COSINE' ? normalizeValues(values) : values;
}

function planWords({ text, mode }: SearchQuery): QueryWord[] {
  if (text === null || text.trim() === '') {
    throw invalidInput(`A search of mode ${mode} needs a query text.`, { field: 'text' });
  }
  checkCount('text', text.length, QUERY_LIMITS.text);
  const words = analyzeQuery(text);
  checkCount('text: the number of distinct words', words.length, QUERY_LIMITS.words);
  return words;
}
