import type { ApiKeyCheck, QueryValidateApiKeyArgs } from '../../schema/generated/types.ts';
import { validateFields } from '../shared/validate-arguments.ts';
import { toApiKey } from './api-key-item.ts';
import type { KeyDeps } from './generate-api-key.ts';
import { verifySecret } from './verify-secret.ts';

/** Says whether a secret would be accepted now, and if not, why. */
export async function validateApiKey(
  deps: KeyDeps,
  { secret }: QueryValidateApiKeyArgs,
): Promise<ApiKeyCheck> {
  validateFields('Query.validateApiKey', { secret });
  const nowMs = Date.now();
  const checked = await verifySecret(secret, { ...deps, nowMs });
  const apiKey = checked.item ? toApiKey(checked.item, nowMs) : null;
  return 'reason' in checked
    ? { valid: false, reason: checked.reason, apiKey }
    : { valid: true, reason: null, apiKey };
}
