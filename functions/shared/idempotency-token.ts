import { createHash, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DatabaseTable } from './database-item.ts';
import { log } from './log.ts';
import { RequestError } from './request-error.ts';

/** What makes a request the same one: the operation, what it is about, the caller's token and the input. */
export interface TokenUse {
  operation: string;
  /** Tokens of different scopes are different, e.g. those of two databases. */
  scope: string;
  token: string;
  /** Where the caller gave the token. */
  field?: string;
  input: unknown;
}

interface TokenItem {
  inputHash: string;
  owner: string;
  claimedAtMs: number;
  result?: Uint8Array;
  isResultTooLarge?: boolean;
}

/** A claim whose owner neither finished nor failed for this long is taken over: longer than any request lasts. */
const CLAIM_LIFETIME_MS = 60_000;
/** Tokens are for retries; a day covers the most patient client. */
const TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1_000;
/** An item holds 400 KB; the rest is for its other attributes. */
const MAX_RESULT_BYTES = 350_000;

/** Returns the same text for equal JSON values, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}

function tokenKey({ operation, scope, token }: TokenUse): { pk: string; sk: string } {
  return { pk: `TOKENS#${operation}`, sk: `${scope}#${token}` };
}

function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Claims the token for `owner`; false when someone else holds or held it. */
async function claim(tokens: DatabaseTable, use: TokenUse, item: TokenItem): Promise<boolean> {
  const { claimedAtMs } = item;
  const isAbandoned =
    'attribute_not_exists(finishedAtMs) AND claimedAtMs < :stale AND inputHash = :inputHash';
  const isFree = `attribute_not_exists(pk) OR tokenUntilMs < :now OR (${isAbandoned})`;
  const tokenUntilMs = claimedAtMs + TOKEN_LIFETIME_MS;
  try {
    await tokens.client.send(
      new PutCommand({
        TableName: tokens.table,
        Item: { ...tokenKey(use), ...item, tokenUntilMs, ttl: Math.ceil(tokenUntilMs / 1_000) },
        ConditionExpression: `${isFree} OR #owner = :owner`,
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':now': claimedAtMs,
          ':stale': claimedAtMs - CLAIM_LIFETIME_MS,
          ':inputHash': item.inputHash,
          // The SDK repeats a put whose answer was lost: the repetition must not take its own claim for another's.
          ':owner': item.owner,
        },
      }),
    );
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

async function finish(tokens: DatabaseTable, use: TokenUse, owner: string, result: unknown): Promise<void> {
  const packed = gzipSync(JSON.stringify(result));
  const isTooLarge = packed.length > MAX_RESULT_BYTES;
  try {
    await tokens.client.send(
      new UpdateCommand({
        TableName: tokens.table,
        Key: tokenKey(use),
        UpdateExpression: `SET finishedAtMs = :now, ${isTooLarge ? 'isResultTooLarge' : '#result'} = :result`,
        ConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner', ...(isTooLarge ? {} : { '#result': 'result' }) },
        ExpressionAttributeValues: {
          ':now': Date.now(),
          ':owner': owner,
          ':result': isTooLarge ? true : packed,
        },
      }),
    );
  } catch (error) {
    // Someone took over after the claim's lifetime and will store an equal result.
    if (!isConditionFailure(error)) throw error;
  }
}

async function release(tokens: DatabaseTable, use: TokenUse, owner: string): Promise<void> {
  try {
    await tokens.client.send(
      new DeleteCommand({
        TableName: tokens.table,
        Key: tokenKey(use),
        ConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': owner },
      }),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
  }
}

function conflict(field: string, message: string, hint: string): RequestError {
  return new RequestError('CONFLICT', message, { field, hint });
}

async function replay<Result>(tokens: DatabaseTable, use: TokenUse, inputHash: string): Promise<Result> {
  const answer = await tokens.client.send(
    new GetCommand({ TableName: tokens.table, Key: tokenKey(use), ConsistentRead: true }),
  );
  const item = answer.Item as TokenItem | undefined;
  const { field = 'clientRequestToken' } = use;
  if (item && item.inputHash !== inputHash) {
    throw conflict(
      field,
      'This clientRequestToken was used with other input before.',
      'Use a new token for a new request; repeat a request with exactly the same input.',
    );
  }
  if (item?.result) return JSON.parse(gunzipSync(item.result).toString()) as Result;
  if (item?.isResultTooLarge) {
    throw conflict(
      field,
      'This request was carried out before, and its answer was too large to keep.',
      'Send fewer entries in a request that uses clientRequestToken.',
    );
  }
  throw new RequestError(
    'UNAVAILABLE',
    'The same request is being carried out at this moment; try again for its answer.',
    { field },
  );
}

/**
 * Carries out `work` once for a token: the same input again answers the first result, other input is a CONFLICT. A request
 * that failed gives its token back. `work` must do no harm when it runs twice, since an owner may die between work and answer.
 */
export async function runOnce<Result>(
  tokens: DatabaseTable,
  use: TokenUse,
  work: () => Promise<Result>,
): Promise<Result> {
  const owner = randomUUID();
  const inputHash = createHash('sha256').update(canonicalJson(use.input)).digest('hex');
  if (!(await claim(tokens, use, { inputHash, owner, claimedAtMs: Date.now() }))) {
    return await replay<Result>(tokens, use, inputHash);
  }
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await release(tokens, use, owner).catch((failure: unknown) => {
      log.error('a token was not released', failure);
    });
    throw error;
  }
  // The work is done and may be acknowledged: without the stored result a repetition carries it out again.
  await finish(tokens, use, owner, result).catch((failure: unknown) => {
    log.error('a token was not finished', failure);
  });
  return result;
}
