// Measures the local AppSync beside Amplify's simulator: node bench/graphql-peer.ts --simulator <folder where it is installed>.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { WebSocket } from 'ws';
import { API_KEY, TABLE } from './measure/peer-api.ts';

const CALLERS = 16;
const CALLS = 2000;
const PASSES = 7;
const SUBSCRIBERS = 1000;
const EVENTS = 10;

const { values: options } = parseArgs({ options: { simulator: { type: 'string' } } });
if (options.simulator === undefined)
  throw new Error(
    '--simulator is missing: expected the folder where @aws-amplify/amplify-appsync-simulator is installed',
  );

interface Side {
  name: string;
  child: ChildProcess;
  url: string;
}

interface Figures {
  rate: number;
  p50Ms: number;
  p99Ms: number;
}

async function start(name: string, script: string, args: string[]): Promise<Side> {
  const child = fork(join(import.meta.dirname, 'measure', script), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(() => {
    throw new Error(`${name} ended before it served`);
  });
  const [message] = (await Promise.race([once(child, 'message'), failed])) as [{ url: string }];
  failed.catch(() => undefined);
  return { name, child, url: message.url };
}

const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });

/** Posts a document; fails when the answer has not the text that it must have. */
function ask(url: string, query: string, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-api-key': API_KEY };
    const call = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => {
        if (text.includes(expected)) resolve();
        else reject(new Error(`${url} answered ${text} to ${query}; expected ${expected} in it`));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify({ query }));
  });
}

function percentile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function measureOnce(url: string, query: string, expected: string): Promise<Figures> {
  const samplesMs: number[] = [];
  let left = CALLS;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) {
        const sentMs = performance.now();
        await ask(url, query, expected);
        samplesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const rate = (CALLS * 1000) / (performance.now() - startedMs);
  return { rate, p50Ms: percentile(samplesMs, 0.5), p99Ms: percentile(samplesMs, 0.99) };
}

/** Opens a connection with one subscription over the query string, which both take. */
function subscribe(url: string, onData: () => void): Promise<WebSocket> {
  const authorization = { host: new URL(url).host, 'x-api-key': API_KEY };
  const header = Buffer.from(JSON.stringify(authorization)).toString('base64');
  const address = `${url.replace('http', 'ws')}/realtime?header=${encodeURIComponent(header)}&payload=e30=`;
  const socket = new WebSocket(address, 'graphql-ws');
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send('{"type":"connection_init"}');
    });
    socket.on('message', (bytes: Buffer) => {
      const { type } = JSON.parse(bytes.toString()) as { type: string };
      const data = JSON.stringify({ query: 'subscription { onNote { id title } }', variables: {} });
      const start = { id: '1', type: 'start', payload: { data, extensions: { authorization } } };
      if (type === 'connection_ack') socket.send(JSON.stringify(start));
      else if (type === 'start_ack') resolve(socket);
      else if (type === 'data') onData();
      else if (type === 'error') reject(new Error(`${url} refused: ${bytes.toString()}`));
    });
  });
}

/** Sends one mutation after the other and returns, for each, the time until the last of all subscribers heard of it. */
async function measureFanOut({ url }: Side): Promise<number[]> {
  let heard = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let done = (): void => undefined;
  const sockets: WebSocket[] = [];
  while (sockets.length < SUBSCRIBERS) {
    const opened = Array.from({ length: 50 }, () =>
      subscribe(url, () => {
        if (++heard === wanted) done();
      }),
    );
    sockets.push(...(await Promise.all(opened)));
  }
  const timesMs: number[] = [];
  for (let event = 1; event <= EVENTS; event++) {
    wanted = event * SUBSCRIBERS;
    const all = new Promise<void>((resolve) => (done = resolve));
    const sentMs = performance.now();
    await ask(url, `mutation { announce(id: "${event}", title: "t") { id title } }`, '"title":"t"');
    if (heard < wanted) await all;
    timesMs.push(performance.now() - sentMs);
  }
  for (const socket of sockets) socket.close();
  return timesMs;
}

/** One table on one endpoint, which both sides read. */
async function startTable(): Promise<{ endpoint: string; server: Server }> {
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: {
    createTableMs: number;
  }) => Server;
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const Item = { id: { S: '1' }, title: { S: 'stored' } };
  await client.send(new PutItemCommand({ TableName: TABLE, Item }));
  client.destroy();
  return { endpoint, server };
}

const WORK = [
  ['no data source', '{ echo(id: "1", title: "echoed") { id title } }', '"title":"echoed"'],
  ['DynamoDB GetItem', '{ getNote(id: "1") { id title } }', '"title":"stored"'],
  ['function in the same process', '{ invoke(id: "1") { id title } }', '"title":"invoked"'],
] as const;

/** Passes of both sides take turns, so that what else the machine does weighs on both. */
async function compare(sides: readonly [Side, Side], work: (typeof WORK)[number]): Promise<void> {
  const [name, query, expected] = work;
  for (const { url } of sides) await measureOnce(url, query, expected);
  const passes: [Figures, Figures][] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const [ours, theirs] = sides;
    const first = await measureOnce(ours.url, query, expected);
    passes.push([first, await measureOnce(theirs.url, query, expected)]);
  }
  for (const index of [0, 1] as const) {
    const of = (figure: keyof Figures): number =>
      percentile(
        passes.map((pass) => pass[index][figure]),
        0.5,
      );
    console.log(
      `| ${name} | ${sides[index].name} | ${of('rate').toFixed(0)} | ${of('p50Ms').toFixed(1)} ms | ${of('p99Ms').toFixed(1)} ms |`,
    );
  }
  const ratios = passes.map(([ours, theirs]) => ours.rate / theirs.rate);
  const [least, median, most] = [Math.min(...ratios), percentile(ratios, 0.5), Math.max(...ratios)];
  console.log(`| ${name} | ratio | ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)}) | | |`);
}

const { endpoint, server } = await startTable();
const sides = [
  await start('this runtime', 'peer-ours-process.ts', [endpoint]),
  await start('simulator', 'peer-simulator-process.ts', [endpoint, options.simulator]),
] as const;
try {
  console.log('| Work | Side | Requests/s | p50 | p99 |\n| --- | --- | --- | --- | --- |');
  for (const work of WORK) await compare(sides, work);
  for (const side of sides) {
    const timesMs = await measureFanOut(side);
    const [p50, largest] = [percentile(timesMs, 0.5), Math.max(...timesMs)];
    console.log(
      `| mutation to the last of ${SUBSCRIBERS} subscribers | ${side.name} | | ${p50.toFixed(0)} ms | ${largest.toFixed(0)} ms (largest) |`,
    );
  }
} finally {
  for (const { child } of sides) child.kill();
  agent.destroy();
  server.close();
}
