import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRuntime } from '../../../../local/gateway/start-runtime.ts';
import type { Runtime } from '../../../../local/gateway/start-runtime.ts';
import { synthesizeNotes } from './app.ts';

/** The notes application, running in this process. */
export interface Notes {
  runtime: Runtime;
  /** Everything that was said on stderr. */
  errors: string[];
  /** Names of the template's resources, by the id they have in the app. */
  names: { table: string; jobs: string; dead: string; bucket: string; inbox: string };
  /** Configuration of an SDK client that acts as a function's role, or as root. */
  clientConfig(as: 'Worker' | 'Outsider' | 'root'): ClientConfig;
  /** Invokes a function by the start of its logical id. */
  invoke(name: string, event: unknown): Promise<{ payload: unknown; functionError?: string }>;
  query(
    document: string,
    token?: string,
  ): Promise<{ data: Record<string, unknown> | null; errors?: { errorType: string }[] }>;
  stop(): Promise<void>;
}

export interface ClientConfig {
  region: string;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
  maxAttempts: number;
}

/** Synthesizes and starts the notes application on ports and a folder of its own. */
export async function startNotes(
  parameters: Record<string, string> = {},
  { tlsPort = null }: { tlsPort?: number | null } = {},
): Promise<Notes> {
  const folder = await mkdtemp(join(tmpdir(), 'notes-'));
  const errors: string[] = [];
  const runtime = await startRuntime(
    {
      assemblyFolder: synthesizeNotes(folder),
      consoleFolder: join(folder, 'console'),
      dataFolder: join(folder, 'data'),
      port: 0,
      tlsPort,
      reset: false,
      parameters: new Map(Object.entries(parameters)),
    },
    { report: () => undefined, onError: (line) => errors.push(line) },
  ).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const { iam, functions, queues } = runtime.services;
  const find = (name: string) => {
    const pool = [...functions.values()].find(({ definition }) =>
      new RegExp(`^(Notes|Audit)-${name}`).test(definition.name),
    );
    if (!pool) throw new Error(`no function ${name}`);
    return pool;
  };
  const queueUrl = (name: string): string =>
    [...queues.queues.values()].find(({ definition }) => definition.name.startsWith(`Notes-${name}`))
      ?.definition.url ?? '';
  const environment = find('Worker').definition.environment;
  return {
    runtime,
    errors,
    names: {
      table: environment.TABLE ?? '',
      bucket: environment.BUCKET ?? '',
      inbox: String(runtime.outputs.InboxName),
      jobs: queueUrl('Jobs'),
      dead: queueUrl('Dead'),
    },
    clientConfig(as) {
      const own = as === 'root' ? {} : find(as).definition.environment;
      const session = as === 'root' ? iam.root : iam.findSession(own.AWS_ACCESS_KEY_ID ?? '');
      if (!session) throw new Error(`no session for ${as}`);
      return {
        region: 'us-east-1',
        endpoint: runtime.awsUrl,
        credentials: { ...session.credentials },
        maxAttempts: 1,
      };
    },
    async invoke(name, event) {
      const { payload, functionError } = await find(name).invoke(event);
      return { payload: JSON.parse(payload) as unknown, ...(functionError && { functionError }) };
    },
    async query(document, token = runtime.endpoints.adminToken ?? '') {
      const response = await fetch(runtime.endpoints.graphqlUrl, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json' },
        body: JSON.stringify({ query: document }),
      });
      return (await response.json()) as Awaited<ReturnType<Notes['query']>>;
    },
    async stop() {
      await runtime.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
