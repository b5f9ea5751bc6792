import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Long enough that an authorizer seldom waits for it, short enough that a replaced pepper is seen soon. */
const LIFETIME_MS = 5 * 60 * 1_000;

/** Returns a reader of the pepper that asks Secrets Manager at most every five minutes. */
export function createPepperReader(client: SecretsManagerClient, secretArn: string): () => Promise<string> {
  let cached: { pepper: string; untilMs: number } | undefined;
  return async () => {
    if (cached && Date.now() < cached.untilMs) return cached.pepper;
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const pepper = answer.SecretString;
    if (pepper === undefined || pepper.length === 0) {
      throw new Error('The secret with the pepper of API keys holds no string.');
    }
    cached = { pepper, untilMs: Date.now() + LIFETIME_MS };
    return pepper;
  };
}
