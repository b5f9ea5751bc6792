import type { ApiKey, Database, File, Vector } from '../../schema/generated/types.ts';

interface TableKey {
  pk: string;
  sk: string;
}

/** The item of a database: its GraphQL fields, and what only the backend sees. */
export type DatabaseItem = Omit<Database, '__typename'> &
  TableKey & {
    generation: number;
    /** The writes in flight. */
    pendingWrites?: string[] | null;
  };

/** The item of a file. */
export type FileItem = Omit<File, '__typename'> &
  TableKey & {
    /** The committed version; 0 before the first. */
    fileVersion: number;
    uploadExpiresAt?: string | null;
  };

/** A record of a vector or chunk. */
export type RecordItem = Omit<Vector, '__typename' | 'file' | 'values'> &
  TableKey & {
    writeId: string;
    /** Set on the record of a deletion, which hides the older ones of its id. */
    isDeleted?: boolean | null;
  };

/** The item of an API key; its hashes are never named here. */
export type ApiKeyItem = Omit<ApiKey, '__typename' | 'status'> & { pk: string };
