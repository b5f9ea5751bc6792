import { join } from 'node:path';
import type { VectorDatabase } from '../../../engine/api.ts';
import { fileStore } from '../../../engine/index.ts';
import { openTestDatabase } from '../../support/engine-database.ts';
import { filePointer } from './file-pointer.ts';

/** Opens the database in a folder that several processes write to. */
export function openShared(folder: string, seed: number): VectorDatabase {
  const store = fileStore(join(folder, 'objects'));
  const pointer = filePointer(join(folder, 'pointer.json'));
  return openTestDatabase({ metric: 'DOT_PRODUCT' }, { store, pointer, seed }).database;
}
