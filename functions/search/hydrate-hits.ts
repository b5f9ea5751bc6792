import type { SearchHit } from '../../engine/api.ts';
import type { TextRange } from '../../schema/generated/types.ts';
import { log } from '../shared/log.ts';
import { type RecordKey, recordKey, type RecordScope } from '../shared/record-key.ts';
import { readRecords, type RecordTable, type VectorRecord } from '../shared/records.ts';
import { createHighlighter } from './find-highlights.ts';

/** One hit with the key of its record. */
export interface KeyedHit extends SearchHit, RecordKey {}

/** The resolver reads records by one BatchGetItem, which takes this many keys. */
export const RESOLVER_RECORDS = 100;

/** Adds the key of each hit's record. */
export function keyHits(hits: readonly SearchHit[], scope: RecordScope): KeyedHit[] {
  return hits.map((hit) => ({ ...hit, ...recordKey(scope, hit.id, hit.address) }));
}

/** Reads the records of hits. One that is missing was removed longer ago than a search takes: it is logged, and answered as absent. */
export async function hydrateHits(table: RecordTable, hits: readonly KeyedHit[]): Promise<VectorRecord[]> {
  const records = await readRecords(table, hits);
  if (records.length < hits.length) {
    const found = new Set(records.map(({ pk, sk }) => `${pk}\n${sk}`));
    const missing = hits.filter(({ pk, sk }) => !found.has(`${pk}\n${sk}`));
    log.warn('records of hits are missing', { missing: missing.length, first: missing[0]?.pk });
  }
  return records;
}

/** Returns where words of the query stand in the texts, by record key. */
export function markTexts(query: string, records: readonly VectorRecord[]): Map<string, TextRange[]> {
  const findHighlights = createHighlighter(query);
  return new Map(
    records.map(({ pk, sk, text }) => [`${pk}\n${sk}`, text === null ? [] : findHighlights(text)]),
  );
}

/** Leaves out the long attributes that nobody asked for: an answer with many hits has a ceiling in bytes. */
export function projectRecords(
  records: readonly VectorRecord[],
  wants: { text: boolean; metadata: boolean },
): VectorRecord[] {
  return records.map((record) => ({
    ...record,
    text: wants.text ? record.text : null,
    metadata: wants.metadata ? record.metadata : null,
  }));
}
