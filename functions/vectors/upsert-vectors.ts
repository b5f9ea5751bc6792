import { createHash, randomUUID } from 'node:crypto';
import type { Metadata } from '../../engine/api.ts';
import type {
  MutationUpsertVectorsArgs,
  Rejection,
  VectorInput,
  WriteReceipt,
} from '../../schema/generated/types.ts';
import { type DatabaseItem, loadDatabase } from '../shared/database-item.ts';
import type { Caller } from '../shared/handle-operations.ts';
import { runOnce } from '../shared/idempotency-token.ts';
import { MAX_ID_BYTES, parseChunkId } from '../shared/record-key.ts';
import { RequestError } from '../shared/request-error.ts';
import { parseJsonObject, validateFields } from '../shared/validate-arguments.ts';
import { readValues } from '../shared/values.ts';
import { type Draft, requirePayloadLimit, WITHOUT_PLACE } from './draft.ts';
import { embedDrafts } from './embed-drafts.ts';
import { rejectRepeated } from './reject-repeated.ts';
import { tryEntry } from './rejection.ts';
import type { VectorDeps } from './vector-deps.ts';
import { writeDrafts } from './write-drafts.ts';

/** An id for an entry without one; with a token it follows from it, so that a repetition writes the same vector. */
function createVectorId(databaseId: string, token: string | null | undefined, index: number): string {
  if (!token) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([databaseId, token, index]))
    .digest('hex')
    .slice(0, 32);
}

function readEntry(input: VectorInput, index: number, id: string, dimension: number): Draft {
  const path = `vectors[${index}]`;
  validateFields('VectorInput', input, `${path}.`);
  if (parseChunkId(id)) {
    throw new RequestError(
      'VALIDATION',
      `${path}.id is "${id}"; ids of this form belong to the chunks of files.`,
    );
  }
  if (Buffer.byteLength(id) > MAX_ID_BYTES) {
    const message = `${path}.id takes ${Buffer.byteLength(id)} bytes in UTF-8; at most ${MAX_ID_BYTES} are allowed.`;
    throw new RequestError('VALIDATION', message);
  }
  const values = readValues(input, dimension, path);
  const text = input.text ?? null;
  if (values === null && (text === null || text.trim() === '')) {
    throw new RequestError(
      'VALIDATION',
      `${path} has no values, valuesBase64 or text; give at least one of them.`,
    );
  }
  const metadata = (parseJsonObject(input.metadata, `${path}.metadata`) ?? {}) as Metadata;
  return { index, id, values, text, metadata, fileId: null, fileVersion: 0, kept: WITHOUT_PLACE };
}

function readEntries(item: DatabaseItem, { vectors, clientRequestToken }: MutationUpsertVectorsArgs) {
  const drafts: Draft[] = [];
  const rejected: Rejection[] = [];
  vectors.forEach((input, index) => {
    const id = input.id ?? createVectorId(item.id, clientRequestToken, index);
    const outcome = tryEntry(index, input.id ?? null, () => readEntry(input, index, id, item.dimension));
    if ('accepted' in outcome) drafts.push(outcome.accepted);
    else rejected.push(outcome.rejected);
  });
  const unique = rejectRepeated(drafts, 'vectors');
  return { drafts: unique.entries, rejected: [...rejected, ...unique.rejected] };
}

async function upsert(
  deps: VectorDeps,
  item: DatabaseItem,
  args: MutationUpsertVectorsArgs,
): Promise<WriteReceipt> {
  const read = readEntries(item, args);
  const embedded = await embedDrafts(read.drafts, deps.openEmbedder(item));
  const rejected = [...read.rejected, ...embedded.rejected];
  return await writeDrafts(deps, item, { drafts: embedded.drafts, rejected }, await deps.openEngine(item));
}

/** Writes vectors: new ids are added, known ids are replaced; entries that are invalid are reported, the others written. */
export async function upsertVectors(
  deps: VectorDeps,
  args: MutationUpsertVectorsArgs,
  caller: Caller,
): Promise<WriteReceipt> {
  validateFields('Mutation.upsertVectors', args);
  requirePayloadLimit(args.vectors, 'vectors');
  const item = await loadDatabase(deps.databases, args.databaseId, caller);
  const { clientRequestToken: token } = args;
  if (!token) return await upsert(deps, item, args);
  const use = { operation: 'upsertVectors', scope: item.id, token, input: args.vectors };
  return await runOnce(deps.databases, use, () => upsert(deps, item, args));
}
