// Measures the local GraphQL service: node bench/graphql.ts [--minutes 0], after npm run build.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { request } from '../test/support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../test/support/local-runtime.ts';
import { createDatabase, uploadFile, waitForFile } from '../test/support/upload.ts';

const CALLERS = 16;
const CALLS = 2000;
const SUBSCRIBERS = 1000;

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '0' } } });

function percentile(samples: number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Runs `calls` requests from 16 callers and prints their rate. */
async function measureRequests(name: string, calls: number, run: () => Promise<unknown>): Promise<void> {
  const samplesMs: number[] = [];
  let left = calls;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (left-- > 0) {
        const sentMs = performance.now();
        await run();
        samplesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const rate = (calls * 1000) / (performance.now() - startedMs);
  const [p50, p99] = [percentile(samplesMs, 0.5), percentile(samplesMs, 0.99)];
  console.log(
    `${name.padEnd(44)} ${rate.toFixed(0).padStart(6)}/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`,
  );
}

/** Opens a connection with one subscription; resolves when it is acknowledged. */
function subscribe(
  { endpoints }: LocalRuntime,
  databaseId: string,
  onData: (key: string) => void,
): Promise<WebSocket> {
  const { graphqlUrl, realtimeUrl, adminToken } = endpoints;
  const authorization = { host: new URL(graphqlUrl).host, Authorization: adminToken };
  const header = Buffer.from(JSON.stringify(authorization)).toString('base64url');
  const query = `subscription { onIngestionProgress(databaseId: "${databaseId}") { fileId status percent message } }`;
  const socket = new WebSocket(realtimeUrl, ['graphql-ws', `header-${header}`]);
  return new Promise((resolve, reject) => {
    socket.onerror = () => {
      reject(new Error('a connection failed'));
    };
    socket.onopen = () => {
      socket.send('{"type":"connection_init"}');
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; payload?: object };
      const payload = { data: JSON.stringify({ query, variables: {} }), extensions: { authorization } };
      if (frame.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'start', payload }));
      else if (frame.type === 'start_ack') resolve(socket);
      else if (frame.type === 'data') onData(JSON.stringify(frame.payload));
      else if (frame.type === 'error') reject(new Error(JSON.stringify(frame.payload)));
    };
  });
}

/** One file's progress goes to every subscriber: from the first that hears of an event to the last. */
async function measureFanOut(runtime: LocalRuntime, databaseId: string): Promise<void> {
  const heardMs = new Map<string, number[]>();
  const sockets: WebSocket[] = [];
  for (let opened = 0; opened < SUBSCRIBERS; opened += 50) {
    const batch = Array.from({ length: 50 }, () =>
      subscribe(runtime, databaseId, (key) => {
        heardMs.set(key, [...(heardMs.get(key) ?? []), performance.now()]);
      }),
    );
    sockets.push(...(await Promise.all(batch)));
  }
  const bytes = new TextEncoder().encode('A harbour at night.\n'.repeat(200));
  const fileId = await uploadFile(runtime, { databaseId, name: 'fan-out.txt', bytes });
  await waitForFile(runtime, databaseId, fileId);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const spreads = [...heardMs.values()].map((times) => Math.max(...times) - Math.min(...times));
  const missed = [...heardMs.values()].reduce((sum, times) => sum + SUBSCRIBERS - times.length, 0);
  console.log(
    `${`fan-out to ${SUBSCRIBERS}, first to last`.padEnd(44)} ${String(spreads.length).padStart(6)} events   ` +
      `p50 ${percentile(spreads, 0.5).toFixed(0)} ms   largest ${Math.max(...spreads).toFixed(0)} ms   ${missed} missed`,
  );
  for (const socket of sockets) socket.close();
}

/** The resident memory of the runtime, in MB; on Linux alone. */
function memoryMb({ pid }: LocalRuntime): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(match?.[1]) / 1024);
}

async function watchMemory(
  runtime: LocalRuntime,
  minutes: number,
  run: () => Promise<unknown>,
): Promise<void> {
  const untilMs = Date.now() + minutes * 60_000;
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(memoryMb(runtime)), 10_000);
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (Date.now() < untilMs) await run();
    }),
  );
  clearInterval(timer);
  console.log(`memory over ${minutes} min, each 10 s (MB): ${seen.join(' ')}`);
}

const runtime = await startLocalRuntime();
try {
  const { endpoints } = runtime;
  const ask = (query: string, variables: object = {}): Promise<unknown> =>
    request(endpoints, endpoints.adminToken, query, { ...variables });
  const { id } = await createDatabase(runtime, { name: 'Load', embedding: { provider: 'local' } });
  const readDatabase = (): Promise<unknown> =>
    ask('query ($id: ID!) { getDatabase(id: $id) { id name } }', { id });
  const searchEmpty = (): Promise<unknown> =>
    ask('query ($i: SearchInput!) { searchVectors(input: $i) { version hits { id } } }', {
      i: { databaseId: id, text: 'x', mode: 'KEYWORD' },
    });
  await measureRequests('warm-up', 500, readDatabase);
  await measureRequests('DynamoDB unit resolver (getDatabase)', CALLS, readDatabase);
  await searchEmpty();
  await measureRequests('Lambda resolver (search of nothing)', CALLS, searchEmpty);
  await measureFanOut(runtime, id);
  if (Number(options.minutes) > 0) await watchMemory(runtime, Number(options.minutes), readDatabase);
} finally {
  await runtime.stop();
}
