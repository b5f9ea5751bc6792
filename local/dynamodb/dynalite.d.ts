/** The parts of dynalite that answer a request without its HTTP server. */
declare module 'dynalite/db/index.js' {
  export type Callback = (error?: unknown) => void;

  export interface Table {
    TableName: string;
    LocalSecondaryIndexes?: object[];
    GlobalSecondaryIndexes?: object[];
  }

  export interface ItemDb {
    put(key: string, value: object, callback: Callback): void;
    del(key: string, callback: Callback): void;
    lock(keys: string[], run: (release: (done: Callback) => Callback) => void): void;
    batch(operations: object[], callback: Callback): void;
  }

  export interface Store {
    getTable(name: string, callback: (error: unknown, table?: Table) => void): void;
    getItemDb(name: string): ItemDb;
    getIndexDb(type: 'Local' | 'Global', table: string, index: string): ItemDb;
    db: {
      open(): Promise<void>;
      batch(changes: object[], callback: Callback): void;
      close(callback: (error?: Error | null) => void): void;
    };
    tableDb: {
      get(name: string, callback: (error: Error | null, table?: Record<string, unknown>) => void): void;
      put(name: string, table: object, callback: (error: Error | null) => void): void;
    };
    lifecycleManager: { gracefulClose(callback: (error?: Error | null) => void): void };
  }
  export function createKey(item: object, table: Table): string;
  export function validateItem(item: object, table: Table): unknown;
  export function validateKey(key: object, table: Table): unknown;
  export function validationError(message: string): unknown;
  export function checkConditional(data: object, existingItem: object | undefined): unknown;
  export function create(options: { path: string; createTableMs: number }): Store;
}

declare module 'dynalite/validations/index.js' {
  export function checkTypes(data: object, types: object): object;
  export function checkValidations(data: object, types: object, custom: unknown, store: object): void;
}
