// node bench/simulator.ts --peer FOLDER [--rounds 3] [--calls 2000]: one small API, served by the local runtime and by Amplify's simulator of AppSync.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { NOTE, PEER, type TwinAddress } from './simulator/twin.ts';

const CALLERS = 16;
const SUBSCRIBERS = 1_000;
const EVENTS = 5;
const READY_MS = 60_000;

/** One of the two, under measurement. */
interface Twin {
  name: string;
  child: ChildProcess;
  address: TwinAddress;
}

interface Figures {
  rate: number;
  p50: number;
  p99: number;
}

const QUERIES = [
  { title: 'NONE data source', document: '{ echoNote(id: "1") { id title size } }' },
  { title: 'DynamoDB unit resolver', document: '{ readNote(id: "1") { id title size } }' },
  { title: 'Lambda unit resolver', document: '{ computeNote(id: "1") { id title size } }' },
];

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function start(name: string, file: string, ...given: string[]): Promise<Twin> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, given, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [address] = (await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(READY_MS) }),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended before it was ready.`))),
  ])) as [TwinAddress];
  return { name, child, address };
}

async function send({ name, address }: Twin, query: string): Promise<unknown> {
  const response = await fetch(address.graphqlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': address.apiKey },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown[] };
  if (errors || !data) throw new Error(`${name} answered ${query} with ${text}`);
  return Object.values(data)[0];
}

/** Every answer is compared: a fast error is no answer. */
async function measureQuery(twin: Twin, query: string, calls: number): Promise<Figures> {
  const expected = JSON.stringify({ id: '1', ...NOTE });
  const samplesMs: number[] = [];
  let left = calls;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) {
        const sentMs = performance.now();
        const answer = JSON.stringify(await send(twin, query));
        if (answer !== expected) throw new Error(`${twin.name} answered ${answer}; expected ${expected}.`);
        samplesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const rate = (calls * 1_000) / (performance.now() - startedMs);
  return { rate, p50: percentile(samplesMs, 0.5), p99: percentile(samplesMs, 0.99) };
}

function subscribe({ name, address }: Twin, onData: () => void): Promise<WebSocket> {
  const authorization = { host: new URL(address.graphqlUrl).host, 'x-api-key': address.apiKey };
  const header = Buffer.from(JSON.stringify(authorization)).toString('base64');
  const url = `${address.realtimeUrl}?header=${encodeURIComponent(header)}&payload=e30=`;
  const socket = new WebSocket(url, 'graphql-ws');
  const data = JSON.stringify({ query: 'subscription { onToldNote { id title size } }', variables: {} });
  return new Promise((resolve, reject) => {
    socket.onerror = () => {
      reject(new Error(`a connection to ${name} failed`));
    };
    socket.onopen = () => {
      socket.send('{"type":"connection_init"}');
    };
    socket.onmessage = ({ data: text }) => {
      const frame = JSON.parse(String(text)) as { type: string; payload?: object };
      const payload = { data, extensions: { authorization } };
      if (frame.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'start', payload }));
      else if (frame.type === 'start_ack') resolve(socket);
      else if (frame.type === 'data') onData();
      else if (frame.type.endsWith('error')) reject(new Error(JSON.stringify(frame.payload)));
    };
  });
}

/** Milliseconds from the mutation to the last of the subscribers. */
async function measureFanOut(twin: Twin): Promise<number> {
  let heard = 0;
  let isDone = (): void => undefined;
  const sockets: WebSocket[] = [];
  while (sockets.length < SUBSCRIBERS) {
    const batch = Array.from({ length: 50 }, () =>
      subscribe(twin, () => {
        if (++heard === SUBSCRIBERS) isDone();
      }),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  const times: number[] = [];
  for (let event = 0; event < EVENTS; event++) {
    heard = 0;
    const all = new Promise<void>((resolve) => {
      isDone = resolve;
    });
    const sentMs = performance.now();
    await send(twin, 'mutation { tellNote(id: "1") { id title size } }');
    const late = delay(READY_MS, undefined, { ref: false }).then(() => {
      throw new Error(
        `${heard} of ${SUBSCRIBERS} subscribers of ${twin.name} heard an event within a minute.`,
      );
    });
    await Promise.race([all, late]);
    times.push(performance.now() - sentMs);
  }
  for (const socket of sockets) socket.close();
  return percentile(times, 0.5);
}

function median(rounds: readonly Figures[]): Figures {
  const middle = (read: (figures: Figures) => number): number => percentile(rounds.map(read), 0.5);
  return { rate: middle(({ rate }) => rate), p50: middle(({ p50 }) => p50), p99: middle(({ p99 }) => p99) };
}

function show({ rate, p50, p99 }: Figures): string {
  return `${rate.toFixed(0)} a second, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

/** The rounds of both take turns, so that whatever else the machine does falls on both. */
async function compareQueries(twins: readonly [Twin, Twin], rounds: number, calls: number): Promise<void> {
  for (const { title, document } of QUERIES) {
    const found = twins.map((): Figures[] => []);
    for (const twin of twins) await measureQuery(twin, document, Math.ceil(calls / 4));
    for (let round = 0; round < rounds; round++) {
      for (const [at, twin] of twins.entries()) found[at]!.push(await measureQuery(twin, document, calls));
    }
    const [own, other] = found.map(median) as [Figures, Figures];
    console.log(
      `${title}: ${twins[0].name} ${show(own)}; ${twins[1].name} ${show(other)}; ratio ${(own.rate / other.rate).toFixed(2)}`,
    );
  }
}

const { values } = parseArgs({
  options: {
    peer: { type: 'string', default: '.' },
    rounds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '2000' },
  },
});
const peerFolder = resolve(values.peer);
if (!existsSync(join(peerFolder, 'node_modules', PEER))) {
  process.stderr.write(`${PEER} is not in ${peerFolder}: see bench/README.md\n`);
  process.exit(1);
}
const twins: Twin[] = [];
try {
  const own = await start('local runtime', './simulator/own-process.ts');
  twins.push(own);
  const simulator = await start('simulator', './simulator/simulator-process.ts', peerFolder);
  twins.push(simulator);
  for (const twin of twins) await send(twin, `mutation { putNote(id: "1", title: "${NOTE.title}") { id } }`);
  await compareQueries([own, simulator], Number(values.rounds), Number(values.calls));
  const [ownMs, simulatorMs] = [await measureFanOut(own), await measureFanOut(simulator)];
  console.log(
    `one event to ${SUBSCRIBERS} subscribers: ${own.name} ${ownMs.toFixed(0)} ms; ${simulator.name} ${simulatorMs.toFixed(0)} ms`,
  );
} finally {
  for (const { child } of twins) child.kill();
}
