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

interface Secret {
  /** The variable that holds it. */
  name: string;
  value: string;
}

function readSecret(environment: NodeJS.ProcessEnv): Secret | null {
  for (const name of ['VDB_API_KEY', 'VDB_TOKEN']) {
    const value = environment[name]?.trim();
    if (value === undefined || value === '') continue;
    if (!/^[!-~]+( [!-~]+)?$/.test(value))
      throw usageFailure(`${name} holds characters that no key or token has.`);
    return { name, value };
  }
  return null;
}

async function connectToFolder(folder: string): Promise<Connection> {
  const path = join(folder, 'endpoints.json');
  const { graphqlUrl, adminToken } = await readEndpoints(folder);
  if (typeof adminToken !== 'string' || adminToken === '')
    throw usageFailure(`${path} has no adminToken; set VDB_URL with VDB_API_KEY or VDB_TOKEN instead.`);
  return { url: requireUrl(graphqlUrl, `graphqlUrl of ${path}`), authorization: adminToken };
}

/**
 * Finds the API: the data folder that the command line names, else VDB_URL, else the folder .data. The two never mix: a key or token of
 * the environment goes to VDB_URL alone, because whoever wrote the folder in which a command happens to run could name any address.
 */
export async function readConnection(
  dataFolder: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Connection> {
  const secret = readSecret(environment);
  const url = environment['VDB_URL'] ?? '';
  if (secret !== null && url === '') {
    const message = `${secret.name} is set, but not VDB_URL, so it is not known which service it is for; it is sent to no other.`;
    throw usageFailure(message, `Set VDB_URL to that service, or unset ${secret.name} to use a data folder.`);
  }
  if (dataFolder !== undefined || url === '') return await connectToFolder(dataFolder ?? DEFAULT_DATA);
  if (secret === null) throw usageFailure('VDB_URL is set, but neither VDB_API_KEY nor VDB_TOKEN.');
  return { url: requireUrl(url, 'VDB_URL'), authorization: secret.value };
}
