/** Where the API is; whoever serves the console serves this beside it as `config.json`. */
export interface ConsoleConfig {
  graphqlUrl: string;
  realtimeUrl: string;
  region: string;
  userPoolId: string;
  userPoolClientId: string;
  /** Takes Cognito's InitiateAuth. */
  identityUrl: string;
}

const REQUIRED = ['graphqlUrl', 'region', 'userPoolClientId', 'identityUrl'] as const;

/** Reads `config.json`; fails with a sentence that names what is wrong with it. */
export async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('./config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`config.json could not be read: the server answered ${response.status}.`);
  const config = (await response.json()) as Partial<ConsoleConfig> | null;
  const missing = REQUIRED.filter((name) => typeof config?.[name] !== 'string' || config[name] === '');
  if (missing.length > 0) throw new Error(`config.json lacks ${missing.join(', ')}.`);
  return config as ConsoleConfig;
}
