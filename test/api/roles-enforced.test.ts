import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAssembly, resolveAssembly } from '../../local/assembly/index.ts';
import type { ResolvedAssembly, Resource } from '../../local/assembly/index.ts';
import { policiesOf } from '../../local/gateway/declared-roles.ts';
import { startRuntime } from '../../local/gateway/start-runtime.ts';
import type { Runtime } from '../../local/gateway/start-runtime.ts';
import type { NamedPolicy, Statement } from '../../local/iam/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const assemblyFolder = join(root, 'build/cdk.out');

let folder: string;
let runtime: Runtime;
let assembly: ResolvedAssembly;
const errors: string[] = [];

/** Answers the whole body: what fails here is what the test is about. */
async function graphql(query: string, variables: object = {}, token?: string): Promise<Answer> {
  const { graphqlUrl, adminToken } = runtime.endpoints;
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: token ?? adminToken ?? '' },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

interface Answer {
  data?: Record<string, Record<string, unknown> | null> | null;
  errors?: unknown[];
}

async function createDatabase(more: object = { dimension: 3 }): Promise<string> {
  const { data } = await graphql(
    'mutation ($input: CreateDatabaseInput!) { createDatabase(input: $input) { id } }',
    { input: { name: `Roles ${Math.random()}`, ...more } },
  );
  return String(data?.createDatabase?.id);
}

const upsert = (databaseId: string) =>
  graphql(
    'mutation ($id: ID!, $v: [VectorInput!]!) { upsertVectors(databaseId: $id, vectors: $v) { accepted } }',
    { id: databaseId, v: [{ id: 'a', values: [1, 0, 0], text: 'a text' }] },
  );
async function createFilled(): Promise<string> {
  const id = await createDatabase();
  const { errors: failed } = await upsert(id);
  if (failed) throw new Error(JSON.stringify(failed));
  return id;
}
const search = (databaseId: string, more: object = {}) =>
  graphql('query ($input: SearchInput!) { searchVectors(input: $input) { hits { id text } } }', {
    input: { databaseId, values: [1, 0, 0], ...more },
  });
const preview = (databaseId: string) =>
  graphql('query ($input: PreviewChunksInput!) { previewChunks(input: $input) { chunksTotal } }', {
    input: { databaseId, name: 'a.html', text: '<p>Tides</p>' },
  });
const generateKey = () =>
  graphql(
    'mutation ($input: GenerateApiKeyInput!) { generateApiKey(input: $input) { apiKey { id } secret } }',
    { input: { name: 'k', scopes: ['READ'] } },
  );
const createSecret = async (): Promise<string> => String((await generateKey()).data?.generateApiKey?.secret);

async function upload(databaseId: string): Promise<Answer> {
  const answer = await graphql(
    'mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { url fields } }',
    { input: { databaseId, name: 'a.txt', sizeBytes: 5 } },
  );
  const { url, fields } = (answer.data?.requestUpload ?? {}) as { url?: string; fields?: string };
  if (url === undefined) return answer;
  const form = new FormData();
  for (const [name, value] of Object.entries(JSON.parse(String(fields)) as Record<string, string>))
    form.append(name, value);
  form.append('file', new Blob(['hello']));
  const response = await fetch(url, { method: 'POST', body: form });
  return response.ok ? {} : { errors: [{ status: response.status, body: await response.text() }] };
}

/** What breaks when a role loses one action; each needs a state of its own, so that nothing was cached before. */
interface Loss {
  role: string;
  action: string;
  /** Of the resource that the action is for, where the role has it for several. */
  about?: string;
  breaks: string;
  prepare: () => Promise<string>;
  run: (prepared: string) => Promise<Answer>;
  /** True when what was prepared cannot be used twice, even though the first use failed. */
  isSpent?: boolean;
}

const losses: Loss[] = [
  {
    role: 'ResolversRoledatabasesTable',
    action: 'dynamodb:GetItem',
    breaks: 'reading a database',
    prepare: () => createDatabase(),
    run: (id) => graphql('query ($id: ID!) { getDatabase(id: $id) { id } }', { id }),
  },
  {
    role: 'ResolversRoledatabasesTable',
    action: 'dynamodb:Query',
    breaks: 'listing databases',
    prepare: () => createDatabase(),
    run: () => graphql('{ listDatabases { items { id } } }'),
  },
  {
    role: 'ResolversRoledatabasesTable',
    action: 'dynamodb:UpdateItem',
    breaks: 'renaming a database',
    prepare: () => createDatabase(),
    run: (id) =>
      graphql('mutation ($input: UpdateDatabaseInput!) { updateDatabase(input: $input) { id } }', {
        input: { id, name: 'New' },
      }),
  },
  {
    role: 'ResolversRolesearch',
    action: 'lambda:InvokeFunction',
    breaks: 'searching',
    prepare: createFilled,
    run: search,
  },
  {
    role: 'ResolversRolevectorDataTable',
    action: 'dynamodb:BatchGetItem',
    breaks: 'the texts of hits',
    prepare: createFilled,
    run: search,
  },
  {
    role: 'FunctionsSearchRole',
    action: 'dynamodb:GetItem',
    breaks: 'searching',
    prepare: createFilled,
    run: search,
  },
  {
    role: 'FunctionsSearchRole',
    action: 's3:GetObject',
    breaks: 'reading segments',
    prepare: createFilled,
    run: search,
  },
  {
    role: 'FunctionsVectorsRole',
    action: 's3:PutObject',
    breaks: 'writing segments',
    prepare: () => createDatabase(),
    run: upsert,
  },
  {
    role: 'FunctionsVectorsRole',
    action: 'dynamodb:BatchWriteItem',
    breaks: 'writing records',
    prepare: () => createDatabase(),
    run: upsert,
  },
  {
    role: 'FunctionsFilesRole',
    action: 's3:PutObject',
    about: 'BucketsFiles',
    breaks: 'the upload that was signed with it',
    prepare: () => createDatabase({ embedding: { provider: 'local' } }),
    run: upload,
  },
  {
    role: 'FunctionsPreviewRole',
    action: 'dynamodb:GetItem',
    breaks: 'previewing a file',
    prepare: () => createDatabase({ embedding: { provider: 'local' } }),
    run: preview,
  },
  {
    role: 'ResolversRolepreview',
    action: 'lambda:InvokeFunction',
    breaks: 'previewing a file',
    prepare: () => createDatabase({ embedding: { provider: 'local' } }),
    run: preview,
  },
  {
    role: 'FunctionsKeysRole',
    action: 'secretsmanager:GetSecretValue',
    breaks: 'making keys',
    prepare: () => Promise.resolve(''),
    run: generateKey,
  },
  {
    role: 'FunctionsAuthorizerRole',
    action: 'dynamodb:GetItem',
    breaks: 'signing in with a key',
    prepare: createSecret,
    isSpent: true,
    run: (secret) => graphql('{ listDatabases { items { id } } }', {}, secret),
  },
  {
    role: 'FunctionsDatabasesRole',
    action: 'sqs:SendMessage',
    breaks: 'deleting a database',
    prepare: () => createDatabase(),
    isSpent: true,
    run: (id) => graphql('mutation ($id: ID!) { deleteDatabase(id: $id) { id } }', { id }),
  },
];

function findRole(prefix: string): Resource {
  const role = assembly.resources.find(
    ({ typeName, logicalId }) =>
      typeName === 'AWS::IAM::Role' && new RegExp(`^${prefix}[0-9A-F]{8}$`).test(logicalId),
  );
  if (!role) throw new Error(`no role ${prefix}`);
  return role;
}

const listOf = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Returns the policies without the action, and fails when they never had it. */
function without(policies: NamedPolicy[], { action, about }: Loss): NamedPolicy[] {
  const owner =
    about &&
    assembly.resources.find(
      ({ logicalId, typeName }) => logicalId.startsWith(about) && typeName === 'AWS::S3::Bucket',
    )?.arn;
  let removed = 0;
  const reduce = (statement: Statement): Statement[] => {
    const actions = listOf(statement.Action);
    const isMeant = !owner || listOf(statement.Resource).some((resource) => resource.startsWith(owner));
    if (!isMeant || !actions.includes(action)) return [statement];
    removed++;
    const rest = actions.filter((other) => other !== action);
    return rest.length > 0 ? [{ ...statement, Action: rest }] : [];
  };
  const reduced = policies.map(({ name, document }) => ({
    name,
    document: { ...document, Statement: listOf(document.Statement).flatMap(reduce) },
  }));
  expect(removed).toBeGreaterThan(0);
  return reduced.filter(({ document }) => document.Statement.length > 0);
}

/** What is told of a refusal: to the caller, on stderr, or in a log. */
async function evidence(answer: Answer): Promise<string> {
  const logs = join(folder, 'data/logs');
  const names = existsSync(logs) ? await readdir(logs) : [];
  const texts = await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')));
  return [JSON.stringify(answer), ...errors, ...texts].join('\n');
}

describe.runIf(existsSync(assemblyFolder))('a role that loses one action', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roles-'));
    const options = { assemblyFolder, consoleFolder: join(folder, 'none'), dataFolder: join(folder, 'data') };
    runtime = await startRuntime(
      { ...options, port: 0, reset: false },
      { report: () => undefined, onError: (line) => errors.push(line) },
    );
    assembly = resolveAssembly(readAssembly(assemblyFolder), {
      accountId: '000000000000',
      region: runtime.endpoints.region,
      graphqlUrl: runtime.endpoints.graphqlUrl,
      realtimeUrl: runtime.endpoints.realtimeUrl,
      awsUrl: runtime.awsUrl,
      issuerOf: (poolId) => poolId,
    });
  }, 60_000);
  afterAll(async () => {
    await runtime.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(losses)(
    '$role without $action breaks $breaks',
    async (loss) => {
      const { iam } = runtime.services;
      const role = findRole(loss.role);
      const policies = policiesOf(role, assembly.resources);
      const prepared = await loss.prepare();
      const refusal = `:assumed-role/${role.physicalId}/`;

      iam.setRolePolicies(role.arn, without(policies, loss));
      const broken = await loss.run(prepared);

      expect(broken.errors?.length).toBeGreaterThan(0);
      await expect
        .poll(async () => (await evidence(broken)).split(refusal).slice(1).join('\n').toLowerCase())
        .toContain(`not authorized to perform: ${loss.action.toLowerCase()}`);
      iam.setRolePolicies(role.arn, policies);
      const again = loss.isSpent ? await loss.prepare() : prepared;
      expect((await loss.run(again)).errors).toBeUndefined();
    },
    30_000,
  );
});
