import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { onConsume, onEmbeddingModels, onList, onObjects, onSecret, onSend, onTable } from './access.ts';
import { BackendFunction } from './backend-function.ts';
import type { Buckets } from './buckets.ts';
import type { GraphqlApi } from './graphql-api.ts';
import { maintenanceTimeout, partTimeout, planTimeout, type Queues } from './queues.ts';
import type { Tables } from './tables.ts';

/** AppSync ends a request after 30 s: a function must have given up before. */
const requestTimeout = Duration.seconds(29);
/** A report that comes later than this helps nobody. */
const reportMaxAge = Duration.minutes(1);
const REPORT_RETRIES = 2;
/** One whole processor. */
const ONE_CPU_MB = 1769;
/** Parsers hold one file and its text at a time; 3,008 MB is what a new account may have. */
const PLAN_MB = 3008;

export interface BackendFunctionsProps {
  tables: Tables;
  buckets: Buckets;
  queues: Queues;
  pepper: Secret;
  openAiSecretArn: string | undefined;
}

interface FunctionSpec {
  memoryMb: number;
  timeout: Duration;
  environment: Record<string, string>;
  access: PolicyStatement[];
}

/** Every function of the backend with exactly what it may touch, and no variable that it does not need. */
export class BackendFunctions extends Construct {
  readonly search: BackendFunction;
  readonly vectors: BackendFunction;
  readonly files: BackendFunction;
  readonly fileBatch: BackendFunction;
  readonly databases: BackendFunction;
  readonly keys: BackendFunction;
  readonly progress: BackendFunction;
  readonly preview: BackendFunction;
  readonly authorizer: BackendFunction;
  readonly plan: BackendFunction;
  readonly part: BackendFunction;
  readonly maintenance: BackendFunction;

  constructor(scope: Construct, id: string, props: BackendFunctionsProps) {
    super(scope, id);
    const create = (name: string, { access, ...spec }: FunctionSpec): BackendFunction => {
      const constructId = name.replace(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
      return new BackendFunction(this, constructId, { name, statements: access, ...spec });
    };
    this.search = create('search', describeSearch(props));
    this.vectors = create('vectors', describeVectors(props));
    this.files = create('files', describeFiles(props));
    this.fileBatch = create('file-batch', describeFileBatch(props));
    this.databases = create('databases', describeDatabases(props));
    this.keys = create('keys', describeKeys(props));
    this.progress = create('progress', describeProgress(props));
    this.progress.lambda.configureAsyncInvoke({ maxEventAge: reportMaxAge, retryAttempts: REPORT_RETRIES });
    this.preview = create('preview', describePreview(props));
    this.authorizer = create('authorizer', describeAuthorizer(props));
    this.plan = create('plan', describePlan(props));
    this.part = create('part', describePart(props));
    this.maintenance = create('maintenance', describeMaintenance(props));
  }

  /** Lets those that move files along, and the one that says it again, report how far they have come: that one field of the API and no other. */
  allowPublishing(api: GraphqlApi): void {
    for (const { role, lambda } of [this.files, this.progress, this.plan, this.part, this.maintenance]) {
      const resources = [`${api.arn}/types/Mutation/fields/publishIngestionProgress`];
      role.addToPolicy(new PolicyStatement({ actions: ['appsync:GraphQL'], resources }));
      lambda.addEnvironment('GRAPHQL_URL', api.graphqlUrl);
    }
  }
}

/** What embedding texts needs, wherever the vectors of a database come from. */
function embedding({ openAiSecretArn }: BackendFunctionsProps): Pick<FunctionSpec, 'environment' | 'access'> {
  if (openAiSecretArn === undefined) return { environment: {}, access: [onEmbeddingModels()] };
  return {
    environment: { OPENAI_SECRET_ARN: openAiSecretArn },
    access: [onEmbeddingModels(), onSecret(openAiSecretArn)],
  };
}

function describeSearch(props: BackendFunctionsProps): FunctionSpec {
  const { tables, buckets } = props;
  return {
    memoryMb: ONE_CPU_MB,
    timeout: requestTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      VECTOR_DATA_TABLE: tables.vectorData.tableName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      ...embedding(props).environment,
    },
    access: [
      onTable(tables.databases, 'GetItem'),
      onTable(tables.vectorData, 'BatchGetItem'),
      onObjects(buckets.vectors, 'GetObject'),
      onList(buckets.vectors),
      ...embedding(props).access,
    ],
  };
}

function describeVectors(props: BackendFunctionsProps): FunctionSpec {
  const { tables, buckets, queues } = props;
  return {
    memoryMb: ONE_CPU_MB,
    timeout: requestTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      VECTOR_DATA_TABLE: tables.vectorData.tableName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
      ...embedding(props).environment,
    },
    access: [
      // Items: the database, idempotency tokens, and the counters of files.
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      onTable(tables.vectorData, 'BatchGetItem', 'BatchWriteItem'),
      onObjects(buckets.vectors, 'GetObject', 'PutObject'),
      onList(buckets.vectors),
      onSend(queues.maintenance.queue),
      ...embedding(props).access,
    ],
  };
}

function describeFiles({ tables, buckets, queues }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: ONE_CPU_MB,
    timeout: requestTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      FILES_BUCKET: buckets.files.bucketName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      PLAN_QUEUE_URL: queues.plan.queue.queueUrl,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
    },
    access: [
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      // A presigned upload acts with the rights of the role that signed it.
      onObjects(buckets.files, 'GetObject', 'PutObject', 'AbortMultipartUpload'),
      onList(buckets.files),
      // Deleting a file is a commit.
      onObjects(buckets.vectors, 'GetObject', 'PutObject'),
      onList(buckets.vectors),
      onSend(queues.plan.queue),
      onSend(queues.maintenance.queue),
    ],
  };
}

function describeFileBatch({ tables }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 512,
    timeout: Duration.seconds(10),
    environment: { DATABASES_TABLE: tables.databases.tableName },
    access: [onTable(tables.databases, 'BatchGetItem')],
  };
}

function describeDatabases({ tables, queues }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 512,
    timeout: requestTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
    },
    access: [
      onTable(tables.databases, 'GetItem', 'UpdateItem', 'DeleteItem'),
      onSend(queues.maintenance.queue),
    ],
  };
}

function describeKeys({ tables, pepper }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 512,
    timeout: Duration.seconds(10),
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      API_KEYS_TABLE: tables.apiKeys.tableName,
      KEY_PEPPER_SECRET_ARN: pepper.secretArn,
    },
    access: [
      // Items: list entries of keys, and idempotency tokens.
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
      onTable(tables.apiKeys, 'GetItem', 'PutItem', 'UpdateItem'),
      onSecret(pepper.secretArn),
    ],
  };
}

function describeProgress({ tables }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 512,
    timeout: requestTimeout,
    environment: { DATABASES_TABLE: tables.databases.tableName },
    // Items: files, and the list of ingestions that are under way.
    access: [onTable(tables.databases, 'GetItem', 'Query', 'UpdateItem')],
  };
}

function describePreview({ tables }: BackendFunctionsProps): FunctionSpec {
  return {
    // As much as the plan function: a preview must not fail where ingestion does not.
    memoryMb: PLAN_MB,
    timeout: requestTimeout,
    environment: { DATABASES_TABLE: tables.databases.tableName },
    // It reads bytes that anybody may send: it can change nothing, and reach no file.
    access: [onTable(tables.databases, 'GetItem')],
  };
}

function describeAuthorizer({ tables, pepper }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 512,
    timeout: Duration.seconds(5),
    environment: { API_KEYS_TABLE: tables.apiKeys.tableName, KEY_PEPPER_SECRET_ARN: pepper.secretArn },
    access: [onTable(tables.apiKeys, 'GetItem', 'UpdateItem'), onSecret(pepper.secretArn)],
  };
}

function describePlan({ tables, buckets, queues }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: PLAN_MB,
    timeout: planTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      FILES_BUCKET: buckets.files.bucketName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      PLAN_QUEUE_URL: queues.plan.queue.queueUrl,
      PARTS_QUEUE_URL: queues.parts.queue.queueUrl,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
    },
    access: [
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem'),
      onObjects(buckets.files, 'GetObject', 'PutObject'),
      onList(buckets.files),
      // Vectors that earlier versions of a file were embedded to.
      onObjects(buckets.vectors, 'GetObject'),
      onList(buckets.vectors),
      onConsume(queues.plan.queue),
      // A large file is planned in several runs.
      onSend(queues.plan.queue),
      onSend(queues.parts.queue),
      onSend(queues.maintenance.queue),
    ],
  };
}

function describePart(props: BackendFunctionsProps): FunctionSpec {
  const { tables, buckets, queues } = props;
  return {
    memoryMb: ONE_CPU_MB,
    timeout: partTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      VECTOR_DATA_TABLE: tables.vectorData.tableName,
      FILES_BUCKET: buckets.files.bucketName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
      ...embedding(props).environment,
    },
    access: [
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem', 'Query'),
      onTable(tables.vectorData, 'BatchWriteItem'),
      onObjects(buckets.files, 'GetObject'),
      onList(buckets.files),
      onObjects(buckets.vectors, 'GetObject', 'PutObject'),
      onList(buckets.vectors),
      onConsume(queues.parts.queue),
      onSend(queues.maintenance.queue),
      ...embedding(props).access,
    ],
  };
}

function describeMaintenance({ tables, buckets, queues }: BackendFunctionsProps): FunctionSpec {
  return {
    memoryMb: 3008,
    timeout: maintenanceTimeout,
    environment: {
      DATABASES_TABLE: tables.databases.tableName,
      VECTOR_DATA_TABLE: tables.vectorData.tableName,
      FILES_BUCKET: buckets.files.bucketName,
      VECTORS_BUCKET: buckets.vectors.bucketName,
      PLAN_QUEUE_URL: queues.plan.queue.queueUrl,
      PARTS_QUEUE_URL: queues.parts.queue.queueUrl,
      MAINTENANCE_QUEUE_URL: queues.maintenance.queue.queueUrl,
    },
    access: [
      onTable(tables.databases, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchWriteItem'),
      onTable(tables.vectorData, 'Query', 'BatchWriteItem'),
      onObjects(buckets.files, 'GetObject', 'DeleteObject', 'AbortMultipartUpload'),
      onList(buckets.files),
      onObjects(buckets.vectors, 'GetObject', 'PutObject', 'DeleteObject', 'AbortMultipartUpload'),
      onList(buckets.vectors),
      onConsume(queues.maintenance.queue),
      onSend(queues.plan.queue),
      onSend(queues.parts.queue),
      onSend(queues.maintenance.queue),
    ],
  };
}
