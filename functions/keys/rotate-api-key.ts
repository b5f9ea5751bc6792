import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { GeneratedApiKey, MutationRotateApiKeyArgs } from '../../schema/generated/types.ts';
import { RequestError } from '../shared/request-error.ts';
import { defaultOf, validateFields } from '../shared/validate-arguments.ts';
import { type ApiKeyItem, keyStatus, readKey, toApiKey } from './api-key-item.ts';
import type { KeyDeps } from './generate-api-key.ts';
import { createSecret, hashSecret } from './key-secret.ts';

const MS_PER_MINUTE = 60_000;

function conflict(message: string, hint?: string): RequestError {
  return new RequestError('CONFLICT', message, { field: 'id', hint });
}

function requireActive(item: ApiKeyItem, nowMs: number): void {
  const status = keyStatus(item, nowMs);
  if (status === 'ACTIVE') return;
  throw conflict(
    `The key ${item.id} is ${status}; only an ACTIVE key can be rotated.`,
    'Generate a new key.',
  );
}

/** Replaces the hash, unless the key was rotated or revoked since it was read. */
async function replaceHash(
  { keys }: KeyDeps,
  item: ApiKeyItem,
  next: Pick<ApiKeyItem, 'hash' | 'previousUntil'>,
) {
  const keepsFormer = next.previousUntil !== undefined;
  const former = keepsFormer
    ? ', previousHash = :former, previousUntil = :until'
    : ' REMOVE previousHash, previousUntil';
  try {
    await keys.client.send(
      new UpdateCommand({
        TableName: keys.table,
        Key: { pk: item.pk },
        UpdateExpression: `SET #hash = :next${former}`,
        ConditionExpression: '#hash = :former AND revokedAt = :none',
        ExpressionAttributeNames: { '#hash': 'hash' },
        ExpressionAttributeValues: {
          ':next': next.hash,
          ':former': item.hash,
          ':none': null,
          ...(keepsFormer ? { ':until': next.previousUntil } : {}),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
    throw conflict(
      `The key ${item.id} was rotated or revoked at the same moment.`,
      'Read the key, then try again.',
    );
  }
}

/**
 * Gives a key a new secret: id, rights and expiry stay. The secret before works for `graceMinutes` more; one that was
 * still in grace from an earlier rotation stops at once.
 */
export async function rotateApiKey(deps: KeyDeps, args: MutationRotateApiKeyArgs): Promise<GeneratedApiKey> {
  validateFields('Mutation.rotateApiKey', args);
  const graceMinutes = args.graceMinutes ?? (defaultOf('Mutation.rotateApiKey', 'graceMinutes') as number);
  const nowMs = Date.now();
  const item = await readKey(deps.keys, args.id);
  if (!item) throw new RequestError('NOT_FOUND', `There is no key "${args.id}".`, { field: 'id' });
  requireActive(item, nowMs);
  const secret = createSecret(item.id);
  const previousUntil =
    graceMinutes > 0 ? new Date(nowMs + graceMinutes * MS_PER_MINUTE).toISOString() : undefined;
  await replaceHash(deps, item, { hash: hashSecret(secret, await deps.readPepper()), previousUntil });
  return { apiKey: toApiKey(item, nowMs), secret };
}
