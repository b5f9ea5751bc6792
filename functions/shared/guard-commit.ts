import type { PointerStore, VectorDatabase } from '../../engine/api.ts';
import { VectorDbError } from '../../engine/index.ts';

/** The state of a row that a change was derived from. */
export interface ExpectedRow {
  id: string;
  address: string;
}

/**
 * Wraps a pointer so that it moves only while the expected rows are live and unchanged, and fails with Conflict when they are not.
 * A change that was derived from stored rows can then neither overwrite a newer write of them nor bring back what was deleted.
 */
export function guardPointer(
  pointer: PointerStore,
  reader: VectorDatabase,
  expected: readonly ExpectedRow[],
): PointerStore {
  const ids = expected.map(({ id }) => id);

  async function holdsAt(manifest: string | null): Promise<boolean> {
    const rows = await reader.readRows(ids);
    // Manifests never come back: when the pointer still names this one, the rows were read from it.
    if ((await pointer.read()).manifest !== manifest) return false;
    const addresses = new Map(rows.map(({ id, address }) => [id, address]));
    const changed = expected.find(({ id, address }) => addresses.get(id) !== address);
    if (!changed) return true;
    throw new VectorDbError('Conflict', `The vector "${changed.id}" was changed or deleted meanwhile.`);
  }

  return {
    read: () => pointer.read(),
    compareAndSet: async (manifest, next) =>
      (await holdsAt(manifest)) && (await pointer.compareAndSet(manifest, next)),
  };
}
