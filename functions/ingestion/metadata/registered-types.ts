import type { DatabaseItem } from '../../shared/database-item.ts';
import type { FieldTypes } from './decide-fields.ts';

/** Returns the metadata fields that a database knows, with their types. */
export function registeredTypes({ metadataFields }: Pick<DatabaseItem, 'metadataFields'>): FieldTypes {
  return Object.fromEntries(metadataFields.map(({ name, type }) => [name, type])) as FieldTypes;
}
