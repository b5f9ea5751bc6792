import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { MaintenanceMessage } from '../../functions/shared/maintenance-message.ts';
import { createSqsService, openQueues, SqsError } from '../../local/sqs/index.ts';

export interface SentMessage {
  message: MaintenanceMessage;
  delaySeconds: number;
}

/** The maintenance queue on a free port; `sent` lists what was accepted, in order. */
export interface MaintenanceQueueServer {
  endpoint: string;
  queueUrl: string;
  client: SQSClient;
  sent: SentMessage[];
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
}

/** Starts the project's own queues behind the JSON protocol of SQS, without authorization. */
export async function startMaintenanceQueue(): Promise<MaintenanceQueueServer> {
  const directory = await mkdtemp(join(tmpdir(), 'maintenance-queue-'));
  const sent: SentMessage[] = [];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const queueUrl = `${endpoint}/123456789012/maintenance`;
  const resource = {
    typeName: 'AWS::SQS::Queue',
    logicalId: 'Maintenance',
    physicalId: 'maintenance',
    stackName: 'test',
    arn: 'arn:aws:sqs:eu-central-1:123456789012:maintenance',
    properties: {},
  };
  const queues = await openQueues([resource], directory, () => queueUrl);
  const service = createSqsService(queues);
  server.on('request', (request, response) => {
    void (async () => {
      const input = await readBody(request);
      const operation = String(request.headers['x-amz-target']).split('.')[1] as string;
      const answer = await service.call(operation, input);
      if (operation === 'SendMessage') {
        const message = JSON.parse(input['MessageBody'] as string) as MaintenanceMessage;
        sent.push({ message, delaySeconds: Number(input['DelaySeconds'] ?? 0) });
      }
      response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer));
    })().catch((error: unknown) => {
      const name = error instanceof SqsError ? error.name : 'InternalFailure';
      response.writeHead(400).end(JSON.stringify({ __type: name, message: String(error) }));
    });
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ endpoint, region: 'eu-central-1', credentials });
  return {
    endpoint,
    queueUrl,
    client,
    sent,
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const queue of queues.values()) await queue.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
