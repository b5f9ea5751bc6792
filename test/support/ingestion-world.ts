import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SearchHit } from '../../engine/api.ts';
import type { FilesDeps } from '../../functions/ingestion/upload/files-deps.ts';
import type { PlanDeps, PartDeps } from '../../functions/ingestion/ingestion-deps.ts';
import type { MaintenanceDeps } from '../../functions/ingestion/maintain/maintenance-deps.ts';
import type { FileItem, Progress } from '../../functions/ingestion/state/file-item.ts';
import type {
  IngestionMaintenanceMessage,
  PartMessage,
} from '../../functions/ingestion/storage/send-message.ts';
import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import type { VectorRecord } from '../../functions/shared/records.ts';
import type { ChunkingInput, Upload } from '../../schema/generated/types.ts';
import { createSqsService, openQueues } from '../../local/sqs/index.ts';
import { type S3Server, startS3Server } from '../contract/s3/s3-server.ts';
import { putDatabase } from './database-item.ts';
import { startTables, type Tables } from './dynamodb-tables.ts';

const QUEUES = ['plan', 'parts', 'maintenance'] as const;
const BUCKETS = { files: 'files', vectors: 'vectors' };

/** Every dependency of the ingestion functions; a test may replace any of them. */
export type IngestionTestDeps = FilesDeps & PlanDeps & PartDeps & MaintenanceDeps;

/** The ingestion functions over real stand-ins; messages wait in arrays until a test delivers them. */
export interface IngestionWorld {
  tables: Tables;
  s3: S3Server;
  deps: IngestionTestDeps;
  /** Bodies of messages in the order of their sending. */
  planQueue: string[];
  partsQueue: PartMessage[];
  maintenanceQueue: { message: IngestionMaintenanceMessage; delaySeconds: number }[];
  published: Progress[];
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

interface Sink {
  plan: string[];
  parts: PartMessage[];
  maintenance: IngestionWorld['maintenanceQueue'];
  published: Progress[];
}

function record(sink: Sink, queueUrl: string, body: string, delaySeconds: number): void {
  if (queueUrl.endsWith('/plan')) sink.plan.push(body);
  else if (queueUrl.endsWith('/parts')) sink.parts.push(JSON.parse(body) as PartMessage);
  else sink.maintenance.push({ message: JSON.parse(body) as IngestionMaintenanceMessage, delaySeconds });
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Queues and the one field of the API that the backend calls, behind one address. */
async function startQueuesAndApi(sink: Sink) {
  const directory = await mkdtemp(join(tmpdir(), 'ingestion-queues-'));
  const server = createServer();
  const endpoint = await listen(server);
  const resources = QUEUES.map((name) => ({
    ...{ typeName: 'AWS::SQS::Queue', logicalId: name, physicalId: name, stackName: 'test', properties: {} },
    arn: `arn:aws:sqs:eu-central-1:123456789012:${name}`,
  }));
  const urlOf = (name: string): string => `${endpoint}/123456789012/${name}`;
  const queues = await openQueues(resources, directory, urlOf);
  const service = createSqsService(queues);
  server.on('request', (request, response) => {
    void (async () => {
      const body = await readBody(request);
      if (request.url === '/graphql') {
        const { variables } = JSON.parse(body) as { variables: { input: string } };
        if (!request.headers.authorization?.includes('/appsync/aws4_request'))
          throw new Error('not signed for the API');
        sink.published.push(JSON.parse(variables.input) as Progress);
        response.end('{"data":{}}');
        return;
      }
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const input = JSON.parse(body) as Record<string, unknown>;
      const answer = await service.call(operation, input);
      if (!operation.startsWith('SendMessage')) {
        response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer));
        return;
      }
      const entries = (input['Entries'] ?? [input]) as { MessageBody: string; DelaySeconds?: number }[];
      for (const entry of entries)
        record(sink, String(input['QueueUrl']), entry.MessageBody, entry.DelaySeconds ?? 0);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer));
    })().catch((error: unknown) => response.writeHead(400).end(JSON.stringify({ message: String(error) })));
  });
  return {
    endpoint,
    urlOf,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function connectDeps(): Promise<IngestionTestDeps> {
  const { connectIngestion, connectPresigner, connectQueue, openGuardedEngine } =
    await import('../../functions/ingestion/connect.ts');
  const { openEmbedder } = await import('../../functions/shared/open-embedder.ts');
  const base = connectIngestion();
  return {
    ...base,
    planQueue: connectQueue('PLAN_QUEUE_URL'),
    presigner: connectPresigner(),
    partsQueue: connectQueue('PARTS_QUEUE_URL'),
    records: { client: base.databases.client, table: 'VectorData' },
    openEngine: openGuardedEngine,
    openEmbedder,
  };
}

/** Starts everything on free ports and points this process's environment to it: one world for each test file. */
export async function startIngestionWorld(): Promise<IngestionWorld> {
  const sink: Sink = { plan: [], parts: [], maintenance: [], published: [] };
  const notification = {
    id: 'uploads',
    events: ['s3:ObjectCreated:*'],
    prefix: 'databases/',
    deliver: (event: unknown) => Promise.resolve(void sink.plan.push(JSON.stringify({ Records: [event] }))),
  };
  const [tables, s3, queues] = await Promise.all([
    startTables(),
    startS3Server([{ name: BUCKETS.files, notifications: [notification] }, { name: BUCKETS.vectors }]),
    startQueuesAndApi(sink),
  ]);
  const { accessKeyId, secretAccessKey, sessionToken } = s3.iam.root.credentials;
  Object.assign(process.env, {
    ...{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ AWS_SESSION_TOKEN: sessionToken, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' },
    ...{
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
    },
    ...{
      DATABASES_TABLE: 'Databases',
      VECTOR_DATA_TABLE: 'VectorData',
      FILES_BUCKET: BUCKETS.files,
      VECTORS_BUCKET: BUCKETS.vectors,
    },
    ...{
      PLAN_QUEUE_URL: queues.urlOf('plan'),
      PARTS_QUEUE_URL: queues.urlOf('parts'),
      MAINTENANCE_QUEUE_URL: queues.urlOf('maintenance'),
    },
    GRAPHQL_URL: `${queues.endpoint}/graphql`,
  });
  return {
    ...{ tables, s3, deps: await connectDeps() },
    ...{
      planQueue: sink.plan,
      partsQueue: sink.parts,
      maintenanceQueue: sink.maintenance,
      published: sink.published,
    },
    async stop() {
      await Promise.all([tables.stop(), s3.stop(), queues.stop()]);
    },
  };
}

/** Puts a database that embeds locally. */
export function putFileDatabase(
  { tables }: IngestionWorld,
  changes: Partial<DatabaseItem> = {},
): Promise<DatabaseItem> {
  const embedding = { provider: 'local', model: 'lexical', dimension: 384 };
  return putDatabase(tables, { dimension: 384, embedding, ...changes });
}

export const tester = { kind: 'USER' as const, id: 'tester', databaseIds: null };

/** Calls an operation on files as a resolver does. */
export function asRequest<Arguments>(args: Arguments) {
  return { operation: 'test', arguments: args, caller: tester, selection: [], requestId: 'test' };
}

export interface NewFile {
  databaseId: string;
  name: string;
  content: string | Uint8Array;
  replaceFileId?: string;
  metadata?: unknown;
  sha256?: string;
  contentType?: string;
  chunking?: ChunkingInput;
}

/** Asks for an upload. */
export async function askForUpload(
  { deps }: IngestionWorld,
  { content, metadata, ...file }: NewFile,
): Promise<Upload> {
  const { requestUpload } = await import('../../functions/ingestion/upload/request-upload.ts');
  const sizeBytes = Buffer.byteLength(content);
  const input = { ...file, sizeBytes, metadata: metadata === undefined ? null : JSON.stringify(metadata) };
  return await requestUpload(deps, asRequest({ input: input as never }));
}

/** Sends bytes as a browser does. */
export async function postForm({ url, fields }: Upload, content: string | Uint8Array): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(JSON.parse(String(fields)) as Record<string, string>))
    form.append(name, value);
  form.append('file', new Blob([Buffer.from(content)]));
  return await fetch(url ?? '', { method: 'POST', body: form });
}

/** Uploads a file and waits for its event; nothing is processed yet. */
export async function uploadFile(world: IngestionWorld, file: NewFile): Promise<string> {
  const upload = await askForUpload(world, file);
  const events = world.planQueue.length;
  const response = await postForm(upload, file.content);
  if (!response.ok) throw new Error(`the upload was refused: ${response.status} ${await response.text()}`);
  const deadline = Date.now() + 5_000;
  while (world.planQueue.length === events) {
    if (Date.now() > deadline) throw new Error('no event arrived');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return upload.file.id;
}

export interface Delivery {
  isLastAttempt: boolean;
}
const FIRST: Delivery = { isLastAttempt: false };

/** Delivers what waits in the plan queue. */
export async function runPlans(
  world: IngestionWorld,
  deps: IngestionTestDeps = world.deps,
  delivery = FIRST,
): Promise<void> {
  const { planFile } = await import('../../functions/ingestion/plan/plan-file.ts');
  const { readPlanMessage } = await import('../../functions/ingestion/plan/read-plan-message.ts');
  for (const body of world.planQueue.splice(0))
    for (const of of readPlanMessage(body)) await planFile(deps, of, delivery);
}

/** Delivers what waits in the parts queue. */
export async function runParts(
  world: IngestionWorld,
  deps: IngestionTestDeps = world.deps,
  delivery = FIRST,
): Promise<void> {
  const { processPart } = await import('../../functions/ingestion/part/process-part.ts');
  for (const message of world.partsQueue.splice(0)) await processPart(deps, message, delivery);
}

/** Delivers what waits in the maintenance queue, whatever its delay. */
export async function runMaintenanceQueue(
  world: IngestionWorld,
  deps: IngestionTestDeps = world.deps,
): Promise<void> {
  const { runMaintenance } = await import('../../functions/ingestion/maintain/run-maintenance.ts');
  for (const { message } of world.maintenanceQueue.splice(0)) await runMaintenance(deps, message);
}

/** Delivers everything until nothing waits. */
export async function settle(world: IngestionWorld): Promise<void> {
  while (world.planQueue.length + world.partsQueue.length + world.maintenanceQueue.length > 0) {
    await runPlans(world);
    await runParts(world);
    await runMaintenanceQueue(world);
  }
}

/** Uploads a file and processes it to its end. */
export async function ingest(world: IngestionWorld, file: NewFile): Promise<FileItem> {
  const id = await uploadFile(world, file);
  await runPlans(world);
  await runParts(world);
  return await getFile(world, file.databaseId, id);
}

export async function findFile(
  { deps }: IngestionWorld,
  databaseId: string,
  fileId: string,
): Promise<FileItem | null> {
  const { readFile } = await import('../../functions/ingestion/state/file-store.ts');
  return await readFile(deps.databases, databaseId, fileId);
}

export async function getFile(world: IngestionWorld, databaseId: string, fileId: string): Promise<FileItem> {
  const file = await findFile(world, databaseId, fileId);
  if (!file) throw new Error(`there is no file ${fileId}`);
  return file;
}

/** Returns all items of a table's partition, or of the whole table. */
export async function listItems<Item = Record<string, unknown>>(
  world: IngestionWorld,
  table: 'Databases' | 'VectorData',
  pk?: string,
): Promise<Item[]> {
  const { ScanCommand } = await import('@aws-sdk/lib-dynamodb');
  const items: Item[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await world.tables.client.send(new ScanCommand({ TableName: table, ExclusiveStartKey }));
    items.push(...((page.Items ?? []) as Item[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return pk === undefined ? items : items.filter((item) => (item as { pk: string }).pk === pk);
}

async function clearTable(world: IngestionWorld, TableName: 'Databases' | 'VectorData'): Promise<void> {
  const { DeleteCommand } = await import('@aws-sdk/lib-dynamodb');
  for (const { pk, sk } of await listItems<{ pk: string; sk: string }>(world, TableName))
    await world.tables.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
}

/** Removes all items and messages, so that what is tried next meets nothing of what was tried before, and costs as much as the first. */
export async function forgetAll(world: IngestionWorld): Promise<void> {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.length = 0;
  world.published.length = 0;
  await clearTable(world, 'Databases');
  await clearTable(world, 'VectorData');
}

export async function listRecords(
  world: IngestionWorld,
  database: DatabaseItem,
  fileId: string,
): Promise<VectorRecord[]> {
  return await listItems<VectorRecord>(world, 'VectorData', `${database.id}#g1#${fileId}`);
}

export async function listKeys(
  world: IngestionWorld,
  bucket: 'files' | 'vectors',
  prefix = '',
): Promise<string[]> {
  const { createS3ObjectStore } = await import('../../functions/shared/s3-object-store.ts');
  const keys: string[] = [];
  for await (const { key } of createS3ObjectStore({ client: world.deps.files.client, bucket }).list(prefix))
    keys.push(key);
  return keys;
}

export async function readDatabaseItem(world: IngestionWorld, databaseId: string): Promise<DatabaseItem> {
  const items = await listItems<DatabaseItem>(world, 'Databases', databaseId);
  const item = items.find(({ sk }) => sk === 'DATABASE');
  if (!item) throw new Error(`there is no database ${databaseId}`);
  return item;
}

/** Searches by words, over the engine as a search function opens it. */
export async function findText(
  world: IngestionWorld,
  database: DatabaseItem,
  text: string,
  topK = 100,
): Promise<SearchHit[]> {
  const engine = await world.deps.openEngine(database);
  const embedder = world.deps.openEmbedder(database);
  const values = (await embedder?.embed([text], 'QUERY'))?.vectors[0] ?? null;
  const fusion = { method: 'RRF' as const, k: 60, vectorWeight: 0.5 };
  const answer = await engine.search({
    ...{
      mode: 'HYBRID',
      values,
      text,
      topK,
      fusion,
      filter: null,
      fileIds: null,
      minScore: null,
      exact: true,
    },
    ...{ effort: 0.5, minVersion: null, explain: false, excludeIds: [] },
  });
  return answer.hits;
}
