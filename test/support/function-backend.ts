import type { FunctionAnswer } from '../../functions/shared/handle-operations.ts';
import type { FunctionError } from '../../functions/shared/function-error.ts';
import { startS3Server, type S3Server } from '../contract/s3/s3-server.ts';
import { startTables, type Tables } from './dynamodb-tables.ts';
import { type MaintenanceQueueServer, startMaintenanceQueue } from './maintenance-queue.ts';

/** Everything that the functions talk to, on free ports of this machine. */
export interface FunctionBackend {
  tables: Tables;
  s3: S3Server;
  queue: MaintenanceQueueServer;
  stop(): Promise<void>;
}

export const VECTORS_BUCKET = 'vectors';

/** Starts tables, buckets and queue, and points this process's environment to them: import handlers afterwards. */
export async function startFunctionBackend(): Promise<FunctionBackend> {
  const [tables, s3, queue] = await Promise.all([
    startTables(),
    startS3Server([{ name: VECTORS_BUCKET }]),
    startMaintenanceQueue(),
  ]);
  const { accessKeyId, secretAccessKey, sessionToken } = s3.iam.root.credentials;
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    DATABASES_TABLE: tables.databases.table,
    VECTOR_DATA_TABLE: tables.records.table,
    API_KEYS_TABLE: tables.keys.table,
    VECTORS_BUCKET,
    MAINTENANCE_QUEUE_URL: queue.queueUrl,
  });
  return {
    tables,
    s3,
    queue,
    async stop() {
      await Promise.all([tables.stop(), s3.stop(), queue.stop()]);
    },
  };
}

export type Handler = (event: unknown) => Promise<FunctionAnswer | FunctionAnswer[]>;

export interface CallOptions {
  selection?: string[];
  databaseIds?: string[] | null;
}

/** Returns a caller of one handler's operations: the data, or the error as a value. */
export function callerOf(handler: Handler) {
  async function ask(operation: string, args: object, options: CallOptions = {}): Promise<FunctionAnswer> {
    const caller = { kind: 'USER', id: 'tester', databaseIds: options.databaseIds ?? null };
    const event = {
      operation,
      arguments: args,
      caller,
      selection: options.selection ?? [],
      requestId: 'test',
    };
    // Arguments travel as JSON: undefined members vanish, as they do in AppSync.
    return (await handler(JSON.parse(JSON.stringify(event)))) as FunctionAnswer;
  }
  return {
    async data<Data>(operation: string, args: object, options?: CallOptions): Promise<Data> {
      const answer = await ask(operation, args, options);
      if ('error' in answer) throw new Error(`${operation}: ${JSON.stringify(answer.error)}`);
      return answer.data as Data;
    },
    async error(operation: string, args: object, options?: CallOptions): Promise<FunctionError> {
      const answer = await ask(operation, args, options);
      if ('data' in answer)
        throw new Error(`${operation} succeeded: ${JSON.stringify(answer.data).slice(0, 300)}`);
      return answer.error;
    },
  };
}
