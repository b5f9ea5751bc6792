import { 'Mutation.revokeApiKey' as rules } from '../schema/constraints.json';
import type { ApiKey } from '../schema/generated/types.ts';
import { toApiKey } from './shared/api-key.ts';
import { authorize } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import type { RevokeApiKeyContext } from './shared/revoke-api-key-context.ts';

/** Revokes a key for good; revoking it again changes nothing. The authorizer's cache lets it live 30 s longer. */
export function request(ctx: RevokeApiKeyContext): Record<string, unknown> {
  authorize(ctx, 'KEYS');
  checkFields(ctx, rules, ctx.args, '');
  return {};
}

export function response(ctx: RevokeApiKeyContext): ApiKey {
  return toApiKey(ctx.stash.key);
}
