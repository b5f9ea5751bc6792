/** The data sources, each with a role of its own. */
export type DataSourceName =
  | 'none'
  | 'databasesTable'
  | 'vectorDataTable'
  | 'apiKeysTable'
  | 'search'
  | 'vectors'
  | 'files'
  | 'fileBatch'
  | 'databases'
  | 'keys'
  | 'progress'
  | 'preview';

/** One field: its code is resolvers/<Type.field>.ts. */
export type ResolverEntry =
  | { dataSource: DataSourceName; maxBatchSize?: number }
  /** Names in `pipelineFunctions`, in the order in which they run. */
  | { pipeline: PipelineFunctionName[] };

/** The steps of pipelines: the code of each is resolvers/pipeline/<name>.ts. */
export const pipelineFunctions = {
  requireDatabase: 'databasesTable',
  listDatabaseIds: 'databasesTable',
  readListedDatabases: 'databasesTable',
  readCreateToken: 'databasesTable',
  claimCreateToken: 'databasesTable',
  putDatabaseListEntry: 'databasesTable',
  putDatabase: 'databasesTable',
  finishCreateToken: 'databasesTable',
  queryFiles: 'databasesTable',
  readDatabaseAndFile: 'databasesTable',
  readRecord: 'vectorDataTable',
  queryOwnVectors: 'vectorDataTable',
  findNextFile: 'databasesTable',
  queryChunks: 'vectorDataTable',
  listApiKeyIds: 'databasesTable',
  readListedApiKeys: 'apiKeysTable',
  requireApiKey: 'apiKeysTable',
  markApiKeyRevoked: 'apiKeysTable',
  invokeSearch: 'search',
  readHitRecords: 'vectorDataTable',
  askForProgress: 'progress',
} as const satisfies Record<string, DataSourceName>;

export type PipelineFunctionName = keyof typeof pipelineFunctions;

/** One invocation reads the files of a page of hits by one batch, which takes 100 keys. */
const FILES_PER_BATCH = 100;
/** A page of vectors. */
const VALUES_PER_BATCH = 100;

/** Every field that is resolved by more than its parent's own property. */
export const resolverTable: Record<string, ResolverEntry> = {
  'Query.getDatabase': { dataSource: 'databasesTable' },
  'Query.listDatabases': { pipeline: ['listDatabaseIds', 'readListedDatabases'] },
  'Query.getFile': { dataSource: 'databasesTable' },
  'Query.listFiles': { pipeline: ['requireDatabase', 'queryFiles'] },
  'Query.previewChunks': { dataSource: 'preview' },
  'Query.getVector': { pipeline: ['readDatabaseAndFile', 'readRecord'] },
  'Query.listVectors': { pipeline: ['requireDatabase', 'queryOwnVectors', 'findNextFile', 'queryChunks'] },
  'Query.searchVectors': { pipeline: ['invokeSearch', 'readHitRecords'] },
  'Query.getApiKey': { dataSource: 'apiKeysTable' },
  'Query.listApiKeys': { pipeline: ['listApiKeyIds', 'readListedApiKeys'] },
  'Query.validateApiKey': { dataSource: 'keys' },
  'Query.getUsage': { dataSource: 'none' },
  'Query.getBackup': { dataSource: 'none' },
  'Query.listBackups': { dataSource: 'none' },
  'Query.getSystemStatus': { dataSource: 'databasesTable' },
  'Mutation.createDatabase': {
    pipeline: [
      'readCreateToken',
      'claimCreateToken',
      'putDatabaseListEntry',
      'putDatabase',
      'finishCreateToken',
    ],
  },
  'Mutation.updateDatabase': { dataSource: 'databasesTable' },
  'Mutation.deleteDatabase': { dataSource: 'databases' },
  'Mutation.requestUpload': { dataSource: 'files' },
  'Mutation.completeUpload': { dataSource: 'files' },
  'Mutation.processVectors': { dataSource: 'files' },
  'Mutation.cancelIngestion': { dataSource: 'files' },
  'Mutation.deleteFile': { dataSource: 'files' },
  'Mutation.upsertVectors': { dataSource: 'vectors' },
  'Mutation.updateVectors': { dataSource: 'vectors' },
  'Mutation.deleteVectors': { dataSource: 'vectors' },
  'Mutation.generateApiKey': { dataSource: 'keys' },
  'Mutation.rotateApiKey': { dataSource: 'keys' },
  'Mutation.revokeApiKey': { pipeline: ['requireApiKey', 'markApiKeyRevoked'] },
  'Mutation.createBackup': { dataSource: 'none' },
  'Mutation.restoreBackup': { dataSource: 'none' },
  'Mutation.deleteBackup': { dataSource: 'none' },
  'Mutation.publishIngestionProgress': { dataSource: 'databasesTable' },
  'Subscription.onIngestionProgress': { pipeline: ['requireDatabase', 'askForProgress'] },
  'Vector.file': { dataSource: 'fileBatch', maxBatchSize: FILES_PER_BATCH },
  'Vector.values': { dataSource: 'vectors', maxBatchSize: VALUES_PER_BATCH },
  'Hit.file': { dataSource: 'fileBatch', maxBatchSize: FILES_PER_BATCH },
  'HitGroup.file': { dataSource: 'fileBatch', maxBatchSize: FILES_PER_BATCH },
};
