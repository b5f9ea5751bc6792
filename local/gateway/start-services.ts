import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { queueUrlOf } from '../assembly/index.ts';
import type { Naming, ResolvedAssembly, Resource } from '../assembly/index.ts';
import { createKeyNames, createTables, readExpiringTables, startExpiry } from '../dynamodb/index.ts';
import type { Database, Expiry, TableFacts } from '../dynamodb/index.ts';
import { createIam } from '../iam/index.ts';
import type { Iam, Principal } from '../iam/index.ts';
import { createSlots, FunctionPool, openCodeStore } from '../lambda/index.ts';
import type { AsyncInvoker, PoolOptions } from '../lambda/index.ts';
import { createS3 } from '../s3/index.ts';
import type { EventRecord, S3 } from '../s3/index.ts';
import { openSecretStore } from '../secrets/index.ts';
import type { SecretStore } from '../secrets/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';
import { createSqsService, openQueues } from '../sqs/index.ts';
import type { SqsService } from '../sqs/index.ts';
import type { Closers } from './closers.ts';
import { openCredentialKey } from './credential-key.ts';
import { createAsyncInvokers, requireStandard } from './declared-async.ts';
import { defineBucket, readNotifications } from './declared-buckets.ts';
import { defineFunction, uploadCode } from './declared-functions.ts';
import { addRoles } from './declared-roles.ts';
import { addResourcePolicies } from './declared-resource-policies.ts';
import { requireServiceAccess } from './resource-access.ts';

export interface ServicesOptions {
  assembly: ResolvedAssembly;
  naming: Naming;
  dataFolder: string;
  database: Database;
  closers: Closers;
  report: (step: string) => void;
  onError: (line: string) => void;
}

export interface Services {
  iam: Iam;
  lookupCredentials: LookupCredentials<Principal>;
  database: Database;
  tableFacts: TableFacts;
  expiry: Expiry;
  queues: SqsService;
  secrets: SecretStore;
  s3: S3;
  /** By ARN. */
  functions: Map<string, FunctionPool>;
  /** By ARN of the function. */
  asyncInvokers: Map<string, AsyncInvoker>;
  backgroundLimit: number;
}

/** Stands up tables, queues, secrets, buckets and functions as the template declares them. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { assembly, naming, dataFolder, database, closers, report, onError } = options;
  const credentialKey = await openCredentialKey(join(dataFolder, 'credentials.json'));
  const iam = createIam({ accountId: naming.accountId, region: naming.region, credentialKey });
  addRoles(assembly.resources, iam);
  addResourcePolicies(assembly.resources, iam);
  const lookupCredentials: LookupCredentials<Principal> = (accessKeyId) => {
    const session = iam.findSession(accessKeyId);
    return session && { ...session.credentials, principal: session.principal };
  };

  const tables = [
    ...declared(assembly, 'AWS::DynamoDB::Table'),
    ...declared(assembly, 'AWS::DynamoDB::GlobalTable'),
  ];
  await createTables(database, tables);
  const expiry = startExpiry(database, readExpiringTables(tables), onError);
  closers.add(() => expiry.stop());
  const tableFacts: TableFacts = {
    arnOfTable: (name) => `arn:aws:dynamodb:${naming.region}:${naming.accountId}:table/${name}`,
    partitionKeyOf: createKeyNames(tables),
  };
  report(`tables: ${countOf(tables)}`);

  const queueResources = declared(assembly, 'AWS::SQS::Queue');
  const queueMap = await openQueues(queueResources, join(dataFolder, 'sqs'), (name) =>
    queueUrlOf(name, naming),
  );
  closers.add(async () => {
    await Promise.all([...queueMap.values()].map((queue) => queue.close()));
  });
  const queues = createSqsService(queueMap);
  report(`queues: ${countOf(queueResources)}`);

  const secrets = await openSecretStore(
    declared(assembly, 'AWS::SecretsManager::Secret'),
    join(dataFolder, 'secrets.json'),
  );
  const backgroundLimit = Math.max(2, availableParallelism());
  const functions = await createFunctions(options, { iam, backgroundLimit });
  report(`functions: ${countOf(declared(assembly, 'AWS::Lambda::Function'))}`);

  const asyncInvokers = await createAsyncInvokers({
    ...options,
    resources: assembly.resources,
    iam,
    queues,
    functions,
    folder: join(dataFolder, 'events'),
    concurrency: backgroundLimit,
  });
  closers.add(() => closeAsyncInvokers({ asyncInvokers }));

  const services = {
    asyncInvokers,
    iam,
    lookupCredentials,
    database,
    tableFacts,
    expiry,
    queues,
    secrets,
    functions,
    backgroundLimit,
  };
  const s3 = await startBuckets(options, services);
  report(`buckets: ${countOf(declared(assembly, 'AWS::S3::Bucket'))}`);
  return { ...services, s3 };
}

/** Returns the resources of one type. */
export function declared(assembly: ResolvedAssembly, typeName: string): Resource[] {
  return assembly.resources.filter((resource) => resource.typeName === typeName);
}

/** Counts instead of names: generated names say little, and the names of what fails stand in its error. */
const countOf = (resources: Resource[]): string => String(resources.length);

async function createFunctions(
  { assembly, naming, dataFolder, closers, onError }: ServicesOptions,
  { iam, backgroundLimit }: { iam: Iam; backgroundLimit: number },
): Promise<Map<string, FunctionPool>> {
  const temporaryFolder = join(dataFolder, 'tmp');
  await rm(temporaryFolder, { recursive: true, force: true });
  const pools = new Map<string, FunctionPool>();
  const shared: PoolOptions = {
    logFolder: join(dataFolder, 'logs'),
    temporaryFolder,
    // Callers and background work have slots of their own, so that a full queue never keeps a search waiting.
    foreground: createSlots(Math.max(8, 4 * availableParallelism())),
    background: createSlots(backgroundLimit),
    onError,
  };
  const code = await openCodeStore(join(dataFolder, 'code'));
  for (const resource of declared(assembly, 'AWS::Lambda::Function')) {
    const definition = defineFunction(resource, {
      codePath: await uploadCode(resource, assembly, code),
      iam,
      region: naming.region,
      awsUrl: naming.awsUrl,
    });
    pools.set(definition.arn, new FunctionPool(definition, shared));
  }
  await code.removeOthers();
  closers.add(() => closeFunctions({ functions: pools }));
  return pools;
}

/** Ends every instance of every function. */
export async function closeFunctions({
  functions,
}: {
  functions: ReadonlyMap<string, FunctionPool>;
}): Promise<void> {
  await Promise.all([...functions.values()].map((pool) => pool.close()));
}

/** Stops taking events; those under way come back after the next start. */
export async function closeAsyncInvokers({
  asyncInvokers,
}: {
  asyncInvokers: ReadonlyMap<string, AsyncInvoker>;
}): Promise<void> {
  await Promise.all([...asyncInvokers.values()].map((invoker) => invoker.close()));
}

async function startBuckets(
  { assembly, naming, dataFolder, closers, report, onError }: ServicesOptions,
  services: Omit<Services, 's3'>,
): Promise<S3> {
  let isStarting = true;
  const buckets = declared(assembly, 'AWS::S3::Bucket');
  for (const bucket of buckets) {
    for (const { Queue, Function: functionArn } of readNotifications(bucket)) {
      const target = { targetArn: Queue ?? functionArn ?? '', sourceArn: bucket.arn };
      requireStandard(services.queues.queues.get(target.targetArn), bucket.logicalId);
      requireServiceAccess(services.iam, { service: 's3.amazonaws.com', ...target });
    }
  }
  const s3 = await createS3({
    directory: join(dataFolder, 's3'),
    region: naming.region,
    accountId: naming.accountId,
    buckets: buckets.map((bucket) =>
      defineBucket(bucket, (targetArn, record) => deliver(services, targetArn, record)),
    ),
    lookupCredentials: services.lookupCredentials,
    decide: (...request) => services.iam.decide(...request),
    // What a template declares without effect is news at the start; what comes later is a fault.
    onWarning: (message) => {
      (isStarting ? report : onError)(`buckets: ${message}`);
    },
  });
  isStarting = false;
  closers.add(() => s3.close());
  return s3;
}

async function deliver(
  { queues, asyncInvokers }: Omit<Services, 's3'>,
  targetArn: string,
  record: EventRecord,
): Promise<void> {
  const event = { Records: [record] };
  const queue = queues.queues.get(targetArn);
  if (queue) {
    await queue.send([{ body: JSON.stringify(event), attributes: {}, delaySeconds: null }]);
    return;
  }
  const invoker = asyncInvokers.get(targetArn);
  if (!invoker) throw new Error(`the notification target ${targetArn} does not exist`);
  await invoker.enqueue(event);
}
