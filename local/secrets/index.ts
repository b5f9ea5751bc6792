export { generateSecret } from './generate-secret.ts';
export { openSecretStore, SecretsError } from './secret-store.ts';
export type { SecretStore } from './secret-store.ts';
