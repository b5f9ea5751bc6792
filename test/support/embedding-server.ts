import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmbeddingProvider } from '../../functions/embedding/create-embedding-provider.ts';
import type { EmbeddingChoice, EmbeddingProvider } from '../../functions/embedding/embedding-provider.ts';

/** A server that speaks OpenAI's embeddings API; vectors follow from their texts. */
export interface EmbeddingServer {
  url: string;
  /** Every text that was embedded, in the order of the calls. */
  texts: string[];
  calls: number;
  /** Answers instead of the next calls, one each. */
  failures: ((response: ServerResponse) => void)[];
  /** Refuses every call with a text that has this in it. */
  refused: string | null;
  openEmbedder(choice: EmbeddingChoice): EmbeddingProvider;
  stop(): Promise<void>;
}

function toVector(text: string, dimension: number): number[] {
  const bytes = createHash('sha512').update(text).digest();
  return Array.from({ length: dimension }, (_, index) => (bytes[index % bytes.length] ?? 0) / 255 + 0.01);
}

/** Starts the server on a free port. */
export async function startEmbeddingServer(dimension: number): Promise<EmbeddingServer> {
  const state: EmbeddingServer = {
    ...{ url: '', texts: [], calls: 0, failures: [], refused: null },
    openEmbedder: (choice) =>
      createEmbeddingProvider(choice, {
        getBedrockClient: () => {
          throw new Error('Bedrock is not called here.');
        },
        readOpenAiAccess: () => Promise.resolve({ apiKey: 'key', baseUrl: state.url }),
      }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (block: Buffer) => (body += block.toString()));
    request.on('end', () => {
      state.calls += 1;
      const fail = state.failures.shift();
      if (fail) {
        fail(response);
        return;
      }
      const { input } = JSON.parse(body) as { input: string[] };
      const { refused } = state;
      if (refused !== null && input.some((text) => text.includes(refused))) {
        response.writeHead(400).end('{"error":"refused"}');
        return;
      }
      state.texts.push(...input);
      const data = input.map((text, index) => ({ index, embedding: toVector(text, dimension) }));
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data, usage: { total_tokens: input.length } }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return state;
}
