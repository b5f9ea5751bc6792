import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAppSync } from '../appsync/index.ts';
import type { AppSync } from '../appsync/index.ts';
import { readAssembly, resolveAssembly } from '../assembly/index.ts';
import type { Naming, ResolvedAssembly } from '../assembly/index.ts';
import { prepareDataFolder, resetDataFolder, StartError, writePrivateFile } from '../data-folder/index.ts';
import { DatabaseLocked, openDatabase } from '../dynamodb/index.ts';
import type { Database } from '../dynamodb/index.ts';
import { createIssuer, createSignIn, openIdentityFile, readUserPools } from '../identity/index.ts';
import type { IdentityFile, Issuer, UserPool } from '../identity/index.ts';
import { createFunctionLog } from '../lambda/index.ts';
import { openServerIdentity } from '../tls/index.ts';
import type { ServerIdentity } from '../tls/index.ts';
import { createAppSyncPorts } from './appsync-ports.ts';
import { createAwsEndpoint } from './aws-endpoint.ts';
import { createClosers } from './closers.ts';
import type { Closers } from './closers.ts';
import { createConsoleEndpoint } from './console-endpoint.ts';
import { defineApi } from './declared-api.ts';
import type { RequestTarget } from './listen.ts';
import { openPorts } from './open-ports.ts';
import type { Ports } from './open-ports.ts';
import type { RuntimeOptions } from './options.ts';
import { requireServiceAccess, requireTrust } from './resource-access.ts';
import { startEvents } from './start-events.ts';
import { closeFunctions, startServices } from './start-services.ts';
import type { Services } from './start-services.ts';

const ACCOUNT_ID = '000000000000';
const REGION = 'us-east-1';
const APPSYNC = 'appsync.amazonaws.com';
const ADMIN_TOKEN_SECONDS = 30 * 24 * 3600;

/** What other processes learn from `endpoints.json`. */
export interface Endpoints {
  graphqlUrl: string;
  realtimeUrl: string;
  consoleUrl: string;
  /** The same over TLS, for clients that trust the certificate; null when it was not asked for. */
  tls: { graphqlUrl: string; realtimeUrl: string; certificatePath: string } | null;
  region: string;
  admin: { username: string; password: string };
  adminToken: string | null;
}

export interface Runtime {
  endpoints: Endpoints;
  awsUrl: string;
  notRun: ResolvedAssembly['notRun'];
  outputs: ResolvedAssembly['outputs'];
  /** What the template declared, running. */
  services: Services;
  stop(): Promise<void>;
}

export interface RuntimeOutput {
  /** Hears of each step as it is done. */
  report: (step: string) => void;
  /** Hears of what fails while it runs, in one line each. */
  onError: (line: string) => void;
}

/** Stands up a cloud assembly. Whatever fails leaves nothing running. */
export async function startRuntime(options: RuntimeOptions, output: RuntimeOutput): Promise<Runtime> {
  const closers = createClosers();
  const stop = (): Promise<void> => closers.closeAll(output.onError);
  try {
    return { ...(await start(options, output, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: RuntimeOptions,
  output: RuntimeOutput,
  closers: Closers,
): Promise<Omit<Runtime, 'stop'>> {
  const { dataFolder } = options;
  const declaredAssembly = readAssembly(options.assemblyFolder);
  const database = await openData(options, closers);
  const endpointsPath = join(dataFolder, 'endpoints.json');
  await rm(endpointsPath, { force: true });
  output.report(`data folder: ${dataFolder}`);

  const tls = await openTls(options);
  const ports = await openPorts(dataFolder, { port: options.port, tls }, output.onError);
  const closePorts = async (): Promise<void> => {
    await Promise.all([ports.main.close(), ports.secure?.close(), ports.aws.close()]);
  };
  closers.add(closePorts);
  const naming = nameEverything(ports);
  const assembly = resolveAssembly(declaredAssembly, naming, options.parameters);
  output.report(`template: ${assembly.resources.length} resources`);

  const services = await startServices({ ...output, assembly, naming, dataFolder, database, closers });
  // Functions first, since they hold connections; then the ports, before what stands behind them. Closing twice is fine.
  closers.add(closePorts);
  closers.add(() => closeFunctions(services));
  const identity = await openIdentityFile(join(dataFolder, 'identity.json'));
  const issuer = await createIssuer(identity, cognitoUrl(ports));
  const pools = readUserPools(assembly.resources);
  output.report(`user pools: ${pools.map(({ poolId }) => poolId).join(', ') || 'none'}`);
  const running: Running = {
    options,
    output,
    ports,
    certificatePath: tls?.certificatePath ?? null,
    naming,
    assembly,
    services,
    identity,
    issuer,
    pools,
    closers,
  };

  const appSync = startApi(running);
  serve(running, appSync);
  startEvents({ assembly, naming, services, closers, onError: output.onError });
  const endpoints = await describeEndpoints(running);
  await writePrivateFile(endpointsPath, endpoints);
  closers.add(() => rm(endpointsPath, { force: true }));
  const { notRun, outputs } = assembly;
  return { endpoints, awsUrl: naming.awsUrl, notRun, outputs, services };
}

interface Running {
  options: RuntimeOptions;
  output: RuntimeOutput;
  ports: Ports;
  certificatePath: string | null;
  naming: Naming;
  assembly: ResolvedAssembly;
  services: Services;
  identity: IdentityFile;
  issuer: Issuer;
  pools: UserPool[];
  closers: Closers;
}

const cognitoUrl = ({ main }: Ports): string => `http://127.0.0.1:${main.port}/cognito`;

function nameEverything(ports: Ports): Naming {
  const { main, aws } = ports;
  return {
    accountId: ACCOUNT_ID,
    region: REGION,
    graphqlUrl: `http://127.0.0.1:${main.port}/graphql`,
    realtimeUrl: `ws://127.0.0.1:${main.port}/graphql/realtime`,
    awsUrl: `http://127.0.0.1:${aws.port}`,
    issuerOf: (userPoolId) => `${cognitoUrl(ports)}/${userPoolId}`,
  };
}

/** Returns where to serve over TLS and with what; null when nobody asked for it. */
async function openTls({
  dataFolder,
  tlsPort = null,
}: RuntimeOptions): Promise<{ port: number; identity: ServerIdentity; certificatePath: string } | null> {
  return tlsPort === null ? null : { port: tlsPort, ...(await openServerIdentity(dataFolder, Date.now())) };
}

/** Opens the database first: its lock, which the operating system gives up with the process, guards the whole folder. */
async function openData({ dataFolder, reset }: RuntimeOptions, closers: Closers): Promise<Database> {
  await prepareDataFolder(dataFolder);
  const path = join(dataFolder, 'dynamodb');
  let database = await openDatabase(path).catch((cause: unknown) => {
    throw cause instanceof DatabaseLocked
      ? new StartError(
          `the data folder ${dataFolder} is in use by another runtime; stop it first, or choose another with --data`,
          { cause },
        )
      : cause;
  });
  if (reset) {
    await database.close();
    await resetDataFolder(dataFolder);
    database = await openDatabase(path);
  }
  closers.add(() => database.close());
  return database;
}

function startApi({ options, output, naming, assembly, services, issuer, closers }: Running): AppSync | null {
  const definition = defineApi(assembly, naming);
  if (!definition) return null;
  for (const source of Object.values(definition.dataSources)) {
    if (source.type === 'NONE') continue;
    const { roleArn } = source;
    requireTrust(services.iam, { roleArn, service: APPSYNC, sourceArn: definition.arn });
  }
  const log = createFunctionLog(join(options.dataFolder, 'logs', 'graphql.log'), (error) => {
    output.onError(`cannot write the GraphQL log: ${error.message}`);
  });
  closers.add(() => log.flush());
  const ports = createAppSyncPorts({
    ...services,
    ...naming,
    issuer,
    requireAuthorizerAccess: (targetArn) => {
      const access = { service: APPSYNC, targetArn, sourceArn: definition.arn };
      requireServiceAccess(services.iam, access);
    },
    log(entry) {
      log.write({ ...entry });
      if (entry.level === 'ERROR')
        output.onError(
          `graphql ${entry.event}: ${JSON.stringify(entry.detail).slice(0, 500)} (request ${entry.requestId})`,
        );
    },
  });
  const appSync = createAppSync(definition, ports);
  closers.add(() => appSync.close());
  output.report(`graphql: ${definition.resolvers.length} resolvers`);
  return appSync;
}

function serve(
  { options, ports, naming, assembly, services, identity, issuer, pools }: Running,
  appSync: AppSync | null,
): void {
  ports.aws.serve(
    createAwsEndpoint({
      ...services,
      ...naming,
      port: ports.aws.port,
      handleS3: (request, response) => services.s3.handle(request, response),
    }),
  );
  const [pool] = pools;
  const config = {
    graphqlUrl: naming.graphqlUrl,
    realtimeUrl: naming.realtimeUrl,
    region: naming.region,
    userPoolId: pool?.poolId ?? null,
    userPoolClientId: pool?.clients[0]?.clientId ?? null,
    identityUrl: `${cognitoUrl(ports)}/`,
    outputs: assembly.outputs,
  };
  const mainTarget = (port: number): RequestTarget =>
    createConsoleEndpoint({
      port,
      awsUrl: naming.awsUrl,
      consoleFolder: options.consoleFolder,
      appSync,
      issuer,
      poolIds: pools.map(({ poolId }) => poolId),
      signIn: createSignIn({ identity, issuer, pools }),
      config,
    });
  ports.main.serve(mainTarget(ports.main.port));
  ports.secure?.serve(mainTarget(ports.secure.port));
}

async function describeEndpoints({
  ports,
  certificatePath,
  naming,
  identity,
  issuer,
  pools,
}: Running): Promise<Endpoints> {
  const [pool] = pools;
  const client = pool?.clients[0];
  return {
    graphqlUrl: naming.graphqlUrl,
    realtimeUrl: naming.realtimeUrl,
    consoleUrl: `http://127.0.0.1:${ports.main.port}/`,
    tls:
      ports.secure && certificatePath
        ? {
            graphqlUrl: `https://127.0.0.1:${ports.secure.port}/graphql`,
            realtimeUrl: `wss://127.0.0.1:${ports.secure.port}/graphql/realtime`,
            certificatePath,
          }
        : null,
    region: naming.region,
    admin: { username: identity.username, password: identity.password },
    adminToken: pool && client ? await issuer.issueIdToken(pool, client.clientId, ADMIN_TOKEN_SECONDS) : null,
  };
}
