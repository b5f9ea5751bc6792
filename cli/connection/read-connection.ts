import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailure, messageOf, usageFailure } from '../failure.ts';

/** Where the API is, and what is sent to be let in. */
export interface Connection {
  url: string;
  /** The value of the `Authorization` header. */
  authorization: string;
}

interface Endpoints {
  graphqlUrl?: unknown;
  adminToken?: unknown;
}

const DEFAULT_DATA = '.data';
const HINT =
  'Start the service with "npm start", name its data folder with --data DIR, or set VDB_URL and VDB_API_KEY.';

async function readEndpoints(folder: string): Promise<Endpoints> {
  const path = join(folder, 'endpoints.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const message = `There is no connection: VDB_URL is not set, and ${path} cannot be read.`;
    throw new CommandFailure(message, { exitCode: 2, hint: HINT, cause: error });
  }
  try {
    const endpoints: unknown = JSON.parse(text);
    if (typeof endpoints === 'object' && endpoints !== null) return endpoints;
  } catch (error) {
    throw usageFailure(`${path} is not JSON: ${messageOf(error)}.`, HINT);
  }
  throw usageFailure(`${path} holds no JSON object.`, HINT);
}

function requireUrl(url: unknown, source: string): string {
  if (typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw usageFailure(`${source} is ${JSON.stringify(url)}; expected an http or https URL.`);
}

function readSecret(environment: NodeJS.ProcessEnv): string | null {
  for (const name of ['VDB_API_KEY', 'VDB_TOKEN']) {
    const value = environment[name]?.trim();
    if (value === undefined || value === '') continue;
    if (!/^[!-~]+( [!-~]+)?$/.test(value))
      throw usageFailure(`${name} holds characters that no key or token has.`);
    return value;
  }
  return null;
}

/**
 * Finds the API: the data folder that the command line names, else VDB_URL, else the folder .data. A key or token of the environment
 * comes before the administrator's token of the folder.
 */
export async function readConnection(
  dataFolder: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Connection> {
  const secret = readSecret(environment);
  const url = environment['VDB_URL'];
  if (dataFolder === undefined && url !== undefined && url !== '') {
    if (secret === null) throw usageFailure('VDB_URL is set, but neither VDB_API_KEY nor VDB_TOKEN.');
    return { url: requireUrl(url, 'VDB_URL'), authorization: secret };
  }
  const folder = dataFolder ?? DEFAULT_DATA;
  const { graphqlUrl, adminToken } = await readEndpoints(folder);
  const authorization = secret ?? adminToken;
  if (typeof authorization !== 'string' || authorization === '')
    throw usageFailure(`${join(folder, 'endpoints.json')} has no adminToken; set VDB_API_KEY or VDB_TOKEN.`);
  return { url: requireUrl(graphqlUrl, `graphqlUrl of ${join(folder, 'endpoints.json')}`), authorization };
}
