import type { Resource } from '../assembly/index.ts';
import type { TableFacts } from './access.ts';

type KeySchema = { AttributeName: string; KeyType: string }[];

/** Returns how to find the partition key of a declared table, or of one of its indexes. */
export function createKeyNames(tables: Resource[]): TableFacts['partitionKeyOf'] {
  const names = new Map<string, string>();
  const note = (id: string, schema: unknown): void => {
    const hash = ((schema ?? []) as KeySchema).find(({ KeyType }) => KeyType === 'HASH');
    if (hash) names.set(id, hash.AttributeName);
  };
  for (const { physicalId, properties } of tables) {
    note(physicalId, properties.KeySchema);
    const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = properties;
    const indexes = [GlobalSecondaryIndexes, LocalSecondaryIndexes] as Record<string, unknown>[][];
    for (const index of indexes.flat()) note(`${physicalId}/${String(index.IndexName)}`, index.KeySchema);
  }
  return (table, index) => names.get(index === undefined ? table : `${table}/${index}`);
}
