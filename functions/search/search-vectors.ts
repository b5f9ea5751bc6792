import type { SearchAnswer, SearchHit, VectorDatabase } from '../../engine/api.ts';
import type { EmbeddingProvider } from '../embedding/embedding-provider.ts';
import type {
  QuerySearchVectorsArgs,
  SearchStats,
  StageScore,
  TextRange,
} from '../../schema/generated/types.ts';
import { type DatabaseItem, type DatabaseTable, loadDatabase } from '../shared/database-item.ts';
import { readMemoryLimitBytes } from '../shared/environment.ts';
import { type FunctionRequest, isSelected } from '../shared/handle-operations.ts';
import type { ReadCounter } from '../shared/open-database.ts';
import type { RecordTable, VectorRecord } from '../shared/records.ts';
import { RequestError } from '../shared/request-error.ts';
import { validateFields } from '../shared/validate-arguments.ts';
import { toNumbers } from '../shared/values.ts';
import { diversifyHits } from './diversify-hits.ts';
import { estimateCostUsd } from './estimate-cost.ts';
import { type Group, groupHits } from './group-hits.ts';
import {
  hydrateHits,
  type KeyedHit,
  keyHits,
  markTexts,
  projectRecords,
  RESOLVER_RECORDS,
} from './hydrate-hits.ts';
import { planSearch, type SearchPlan } from './plan-search.ts';

/** What a search works with. */
export interface SearchDeps {
  databases: DatabaseTable;
  records: RecordTable;
  openMetered(item: DatabaseItem): Promise<{ engine: VectorDatabase; counter: ReadCounter }>;
  openEmbedder(item: DatabaseItem): EmbeddingProvider | null;
}

/** A hit as the resolver joins it with its record. */
export interface AnsweredHit {
  id: string;
  pk: string;
  sk: string;
  score: number;
  distance: number | null;
  fileId: string | null;
  stages: Omit<StageScore, '__typename'>[] | null;
  values: number[] | null;
  highlights: TextRange[] | null;
}

/** The answer to the resolver, as ARCHITECTURE.md describes it. */
export interface SearchVectorsAnswer {
  hits: AnsweredHit[];
  groups: Group[] | null;
  version: string;
  stats: Omit<SearchStats, '__typename'>;
  /** Null when the resolver is to read the records. */
  records: VectorRecord[] | null;
}

/** AppSync takes 5 MB from a data source; the rest is room for the envelope. */
const MAX_ANSWER_BYTES = 4_900_000;

function isHitFieldSelected(selection: string[], field: string): boolean {
  return isSelected(selection, `hits/${field}`) || isSelected(selection, `groups/hits/${field}`);
}

async function embedText(deps: SearchDeps, item: DatabaseItem, text: string): Promise<QueryVector> {
  const embedder = deps.openEmbedder(item);
  if (!embedder) throw new Error('A plan asks for an embedding that the database does not have.');
  const { vectors, tokens } = await embedder.embed([text], 'QUERY');
  return { values: vectors[0] as Float32Array, tokens };
}

async function readStoredValues(engine: VectorDatabase, id: string): Promise<Float32Array> {
  const [row] = await engine.readRows([id]);
  if (row) return row.values;
  const field = 'input.likeVectorId';
  throw new RequestError('NOT_FOUND', `${field} is "${id}"; the database has no such vector.`, {
    field,
    actual: id,
  });
}

interface QueryVector {
  values: Float32Array | null;
  tokens: number;
}

async function resolveVector(
  deps: SearchDeps,
  item: DatabaseItem,
  { plan, engine }: { plan: SearchPlan; engine: VectorDatabase },
): Promise<QueryVector> {
  const { source } = plan;
  if (!source) return { values: null, tokens: 0 };
  if (source.from === 'VALUES') return { values: source.values, tokens: 0 };
  if (source.from === 'TEXT') return await embedText(deps, item, source.text);
  return { values: await readStoredValues(engine, source.id), tokens: 0 };
}

async function readHitValues(
  engine: VectorDatabase,
  hits: readonly SearchHit[],
): Promise<Map<string, Float32Array>> {
  if (hits.length === 0) return new Map();
  const rows = await engine.readRows(hits.map(({ id }) => id));
  return new Map(rows.map(({ id, values }) => [id, values]));
}

/** Chooses the hits to answer, and reads their values when the order or the caller needs them. */
async function chooseHits(
  engine: VectorDatabase,
  plan: SearchPlan,
  found: SearchAnswer,
  wantsValues: boolean,
) {
  const isDiverse = plan.diversity > 0;
  const values = isDiverse || wantsValues ? await readHitValues(engine, found.hits) : null;
  if (!isDiverse || !values) return { hits: found.hits, values };
  const options = { topK: plan.topK, diversity: plan.diversity, explain: plan.query.explain };
  return { hits: diversifyHits(found.hits, values, options), values };
}

function toAnsweredHits(
  hits: readonly KeyedHit[],
  values: ReadonlyMap<string, Float32Array> | null,
  marks: ReadonlyMap<string, TextRange[]> | null,
): AnsweredHit[] {
  return hits.map(({ id, pk, sk, score, distance, fileId, stages }) => {
    const hitValues = values?.get(id);
    const highlights = marks?.get(`${pk}\n${sk}`) ?? null;
    return {
      id,
      pk,
      sk,
      score,
      distance,
      fileId,
      stages,
      values: hitValues ? toNumbers(hitValues) : null,
      highlights,
    };
  });
}

function requireAnswerLimit(answer: SearchVectorsAnswer): SearchVectorsAnswer {
  const actual = Buffer.byteLength(JSON.stringify(answer));
  if (actual <= MAX_ANSWER_BYTES) return answer;
  throw new RequestError(
    'PAYLOAD_TOO_LARGE',
    `The answer takes ${actual} bytes; at most ${MAX_ANSWER_BYTES} are possible.`,
    {
      field: 'input.topK',
      limit: MAX_ANSWER_BYTES,
      actual,
      hint: 'Lower topK, or do not select values, text or metadata.',
    },
  );
}

async function hydrate(deps: SearchDeps, plan: SearchPlan, hits: readonly KeyedHit[], selection: string[]) {
  const wantsMarks = plan.text !== null && isHitFieldSelected(selection, 'highlights');
  if (!wantsMarks && hits.length <= RESOLVER_RECORDS) return { records: null, marks: null };
  const records = await hydrateHits(deps.records, hits);
  const wants = {
    text: isHitFieldSelected(selection, 'text'),
    metadata: isHitFieldSelected(selection, 'metadata'),
  };
  return {
    records: projectRecords(records, wants),
    marks: wantsMarks ? markTexts(plan.text as string, records) : null,
  };
}

/** Searches a database and answers everything but the files of the hits. */
export async function searchVectors(
  deps: SearchDeps,
  { arguments: { input }, caller, selection }: FunctionRequest<QuerySearchVectorsArgs>,
): Promise<SearchVectorsAnswer> {
  const startedAtMs = performance.now();
  validateFields('SearchInput', input, 'input.');
  const item = await loadDatabase(deps.databases, input.databaseId, caller, 'input.databaseId');
  const plan = planSearch(input, item);
  const { engine, counter } = await deps.openMetered(item);
  const vector = await resolveVector(deps, item, { plan, engine });
  const found = await engine.search({ ...plan.query, values: vector.values });
  const wantsValues = isHitFieldSelected(selection, 'values');
  const { hits, values } = await chooseHits(engine, plan, found, wantsValues);
  const keyed = keyHits(hits, { databaseId: item.id, generation: item.generation });
  const { records, marks } = await hydrate(deps, plan, keyed, selection);
  const tookMs = performance.now() - startedAtMs;
  const estimatedCostUsd = estimateCostUsd({
    tookMs,
    memoryBytes: readMemoryLimitBytes(),
    objectReads: counter.reads,
    records: hits.length,
    embeddedTokens: vector.tokens,
    embeddingProvider: item.embedding?.provider ?? null,
  });
  return requireAnswerLimit({
    hits: toAnsweredHits(keyed, wantsValues ? values : null, marks),
    groups: plan.isGrouped ? groupHits(hits) : null,
    version: found.version,
    stats: { tookMs, ...found.stats, estimatedCostUsd },
    records,
  });
}
