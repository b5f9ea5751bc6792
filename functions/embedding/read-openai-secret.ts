import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { RequestError } from '../shared/request-error.ts';
import type { OpenAiAccess } from './openai-provider.ts';

const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

function notConfigured(problem: string, cause?: unknown): RequestError {
  const hint =
    'Put {"apiKey": "...", "baseUrl": "https://.../v1"} into a secret and name it in OPENAI_SECRET_ARN.';
  const message = `The embedding provider "openai" is not configured: ${problem}. ${hint}`;
  return new RequestError('UNAVAILABLE', message, { field: 'embedding.provider', hint }, { cause });
}

function parseSecret(text: string): OpenAiAccess {
  let secret: { apiKey?: unknown; baseUrl?: unknown } | null;
  try {
    secret = JSON.parse(text) as typeof secret;
  } catch {
    // The parser's message could quote the secret: it must not become the cause.
    throw notConfigured('its secret is not JSON');
  }
  const { apiKey, baseUrl = DEFAULT_BASE_URL } = secret ?? {};
  if (typeof apiKey !== 'string' || apiKey === '') throw notConfigured('its secret has no apiKey');
  if (typeof baseUrl !== 'string' || !/^https?:\/\//.test(baseUrl))
    throw notConfigured('the baseUrl of its secret is not a URL');
  return { apiKey, baseUrl };
}

/** Reads the key and address of the OpenAI-compatible service from the secret that OPENAI_SECRET_ARN names. */
export async function readOpenAiSecret(getClient: () => SecretsManagerClient): Promise<OpenAiAccess> {
  const arn = process.env['OPENAI_SECRET_ARN'];
  if (arn === undefined || arn === '') throw notConfigured('OPENAI_SECRET_ARN is not set');
  let text: string | undefined;
  try {
    text = (await getClient().send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
  } catch (error) {
    throw notConfigured('its secret cannot be read', error);
  }
  if (text === undefined) throw notConfigured('its secret holds no text');
  return parseSecret(text);
}
