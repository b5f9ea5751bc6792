export { requiredAccess } from './access.ts';
export type { TableFacts } from './access.ts';
export { createKeyNames } from './key-names.ts';
export { createTables } from './create-tables.ts';
export { DatabaseLocked, openDatabase } from './database.ts';
export type { Database } from './database.ts';
export { DynamoDbError } from './failure.ts';
export { readExpiringTables, startExpiry } from './time-to-live.ts';
export type { Expiry } from './time-to-live.ts';
