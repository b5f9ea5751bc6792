import type { Metadata, StoredRow } from '../../engine/api.ts';
import { isVectorDbError } from '../../engine/index.ts';
import type {
  MutationUpdateVectorsArgs,
  Rejection,
  VectorPatch,
  WriteReceipt,
} from '../../schema/generated/types.ts';
import { type DatabaseItem, loadDatabase } from '../shared/database-item.ts';
import type { ExpectedRow } from '../shared/guard-commit.ts';
import type { Caller } from '../shared/handle-operations.ts';
import { runOnce } from '../shared/idempotency-token.ts';
import { recordKey } from '../shared/record-key.ts';
import { readRecords, type VectorRecord } from '../shared/records.ts';
import { RequestError } from '../shared/request-error.ts';
import { waitBeforeRetry } from '../shared/retry-delay.ts';
import { parseJsonObject, validateFields } from '../shared/validate-arguments.ts';
import { readValues } from '../shared/values.ts';
import { type Draft, requirePayloadLimit } from './draft.ts';
import { embedDrafts } from './embed-drafts.ts';
import { rejectRepeated } from './reject-repeated.ts';
import { rejectEntry, tryEntry } from './rejection.ts';
import type { VectorDeps } from './vector-deps.ts';
import { writeDrafts } from './write-drafts.ts';

/** Each retry means that one of the same vectors was changed by another write in between. */
const MAX_ATTEMPTS = 8;

/** A patch that holds by itself; null stands for what was left out. */
interface CheckedPatch {
  index: number;
  id: string;
  values: Float32Array | null;
  text: string | null;
  metadata: Metadata | null;
}

function readPatch(patch: VectorPatch, index: number, dimension: number): CheckedPatch {
  const path = `patches[${index}]`;
  validateFields('VectorPatch', patch, `${path}.`);
  const values = readValues(patch, dimension, path);
  const metadata = parseJsonObject(patch.metadata, `${path}.metadata`) as Metadata | null;
  const text = patch.text ?? null;
  if (values === null && text === null && metadata === null) {
    throw new RequestError('VALIDATION', `${path} changes nothing; give values, text or metadata.`);
  }
  return { index, id: patch.id, values, text, metadata };
}

function readPatches(item: DatabaseItem, patches: readonly VectorPatch[]) {
  const checked: CheckedPatch[] = [];
  const rejected: Rejection[] = [];
  patches.forEach((patch, index) => {
    const outcome = tryEntry(index, patch.id, () => readPatch(patch, index, item.dimension));
    if ('accepted' in outcome) checked.push(outcome.accepted);
    else rejected.push(outcome.rejected);
  });
  const unique = rejectRepeated(checked, 'patches');
  return { patches: unique.entries, rejected: [...rejected, ...unique.rejected] };
}

/** Joins a patch with what is stored; the values are null when the new text is to be embedded. */
function applyPatch(patch: CheckedPatch, row: StoredRow, record: VectorRecord, hasEmbedding: boolean): Draft {
  const isNewText = patch.text !== null && patch.text !== record.text;
  if (isNewText && hasEmbedding && patch.values === null && patch.text?.trim() === '') {
    throw new RequestError(
      'VALIDATION',
      `patches[${patch.index}].text is blank and cannot be embedded; give values too.`,
    );
  }
  const { chunkIndex, page, startOffset, endOffset, createdAt } = record;
  return {
    index: patch.index,
    id: patch.id,
    values: patch.values ?? (isNewText && hasEmbedding ? null : row.values),
    text: patch.text ?? record.text,
    metadata: patch.metadata ?? row.metadata,
    fileId: row.fileId,
    fileVersion: row.fileVersion,
    kept: { chunkIndex, page, startOffset, endOffset, createdAt },
  };
}

interface Joined {
  drafts: Draft[];
  rejected: Rejection[];
  expected: ExpectedRow[];
}

async function joinStored(
  deps: VectorDeps,
  item: DatabaseItem,
  patches: readonly CheckedPatch[],
): Promise<Joined> {
  const engine = await deps.openEngine(item);
  const rows = new Map((await engine.readRows(patches.map(({ id }) => id))).map((row) => [row.id, row]));
  const scope = { databaseId: item.id, generation: item.generation };
  const keys = [...rows.values()].map(({ id, address }) => recordKey(scope, id, address));
  const records = new Map((await readRecords(deps.records, keys)).map((record) => [record.id, record]));
  const joined: Joined = { drafts: [], rejected: [], expected: [] };
  for (const patch of patches) {
    const { index, id } = patch;
    const row = rows.get(id);
    if (!row) {
      joined.rejected.push(
        rejectEntry(index, id, 'NOT_FOUND', `There is no vector "${id}" in the database.`),
      );
      continue;
    }
    const record = records.get(id);
    if (!record) throw new Error(`The record of the live vector "${id}" is missing.`);
    const outcome = tryEntry(index, id, () => applyPatch(patch, row, record, item.embedding !== null));
    if ('rejected' in outcome) joined.rejected.push(outcome.rejected);
    else {
      joined.drafts.push(outcome.accepted);
      joined.expected.push({ id, address: row.address });
    }
  }
  return joined;
}

async function updateOnce(
  deps: VectorDeps,
  item: DatabaseItem,
  read: { patches: CheckedPatch[]; rejected: Rejection[] },
): Promise<WriteReceipt> {
  const joined = await joinStored(deps, item, read.patches);
  const embedded = await embedDrafts(joined.drafts, deps.openEmbedder(item));
  const rejected = [...read.rejected, ...joined.rejected, ...embedded.rejected];
  const engine = await deps.openGuarded(item, joined.expected);
  return await writeDrafts(deps, item, { drafts: embedded.drafts, rejected }, engine);
}

async function update(
  deps: VectorDeps,
  item: DatabaseItem,
  args: MutationUpdateVectorsArgs,
): Promise<WriteReceipt> {
  const read = readPatches(item, args.patches);
  for (let attempt = 1; ; attempt++) {
    try {
      return await updateOnce(deps, item, read);
    } catch (error) {
      if (!isVectorDbError(error, 'Conflict')) throw error;
      if (attempt === MAX_ATTEMPTS) {
        const message = `The same vectors were changed by other writes ${MAX_ATTEMPTS} times in a row; nothing was updated.`;
        throw new RequestError('UNAVAILABLE', message, { field: 'patches' }, { cause: error });
      }
      await waitBeforeRetry(attempt);
    }
  }
}

/** Changes fields of existing vectors; an unknown id is reported, and metadata is replaced as a whole. */
export async function updateVectors(
  deps: VectorDeps,
  args: MutationUpdateVectorsArgs,
  caller: Caller,
): Promise<WriteReceipt> {
  validateFields('Mutation.updateVectors', args);
  requirePayloadLimit(args.patches, 'patches');
  const item = await loadDatabase(deps.databases, args.databaseId, caller);
  const { clientRequestToken: token } = args;
  if (!token) return await update(deps, item, args);
  const use = { operation: 'updateVectors', scope: item.id, token, input: args.patches };
  return await runOnce(deps.databases, use, () => update(deps, item, args));
}
