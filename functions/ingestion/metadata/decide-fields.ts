import type { FieldType, Metadata } from '../../../engine/api.ts';
import { ROW_LIMITS } from '../../../engine/index.ts';
import { type FieldCensus, type FieldCounts, isUsableName, typeOfValue } from './field-census.ts';

export type FieldTypes = Record<string, FieldType>;

/** Which fields of a file filters can use, with which types, and what its user should know of the rest. */
export interface FieldDecision {
  types: FieldTypes;
  notes: string[];
}

const SHOWN_NAMES = 5;

/** A field of one kind has that type; one of several kinds is a string, because only strings can hold them all. */
function chooseType({ strings, numbers, booleans, lists }: FieldCounts): FieldType {
  if (lists > 0 && strings + numbers + booleans === 0) return 'STRING_LIST';
  if (strings > 0 || (numbers > 0 && booleans > 0)) return 'STRING';
  if (numbers > 0) return 'NUMBER';
  return booleans > 0 ? 'BOOLEAN' : 'STRING_LIST';
}

/** Returns how many values of a field cannot take part in a type. */
function countMisfits({ strings, numbers, booleans, lists }: FieldCounts, type: FieldType): number {
  if (type === 'STRING') return lists;
  if (type === 'NUMBER') return strings + booleans + lists;
  if (type === 'BOOLEAN') return strings + numbers + lists;
  return strings + numbers + booleans;
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map((name) => JSON.stringify(name.slice(0, 60)));
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Takes fields in the order of their appearance while there is room in a row and in the database. */
function takeFields(names: readonly string[], registered: FieldTypes, fileMetadata: Metadata): Set<string> {
  const taken = new Set(Object.keys(fileMetadata));
  let newFields = [...taken].filter((name) => !Object.hasOwn(registered, name)).length;
  const room = ROW_LIMITS.fields - Object.keys(registered).length;
  for (const name of names) {
    if (taken.has(name)) continue;
    if (taken.size >= ROW_LIMITS.fieldsPerRow) break;
    const isNew = !Object.hasOwn(registered, name);
    if (isNew && newFields >= room) continue;
    if (isNew) newFields++;
    taken.add(name);
  }
  return taken;
}

function describeMisfits(
  misfits: ReadonlyMap<string, number>,
  types: ReadonlyMap<string, FieldType>,
): string[] {
  return [...misfits].map(([name, count]) => {
    const values = count === 1 ? '1 value' : `${count} values`;
    return `${values} of the field ${JSON.stringify(name.slice(0, 60))} cannot be filtered, because the field is of type ${types.get(name)}.`;
  });
}

/** Decides which fields of a file filters can use. Every value stays in its record, whatever is decided here. */
export function decideFields(
  census: FieldCensus,
  registered: FieldTypes,
  fileMetadata: Metadata,
): FieldDecision {
  const usable = [...census.counts.keys()].filter(isUsableName);
  const taken = takeFields(usable, registered, fileMetadata);
  const types = new Map<string, FieldType>();
  const misfits = new Map<string, number>();
  const typeOf = (name: string, otherwise: FieldType): FieldType =>
    Object.hasOwn(registered, name) ? (registered[name] ?? otherwise) : otherwise;
  for (const [name, value] of Object.entries(fileMetadata)) types.set(name, typeOf(name, typeOfValue(value)));
  for (const name of usable) {
    const counts = census.counts.get(name);
    if (!counts || !taken.has(name)) continue;
    const type = types.get(name) ?? typeOf(name, chooseType(counts));
    types.set(name, type);
    const count = countMisfits(counts, type);
    if (count > 0) misfits.set(name, count);
  }
  const leftOut = [...census.counts.keys()].filter((name) => !taken.has(name));
  const tooMany =
    leftOut.length > 0 ? [`${leftOut.length} fields cannot be filtered: ${listNames(leftOut)}.`] : [];
  return {
    types: Object.fromEntries(types),
    notes: [...tooMany, ...describeMisfits(misfits, types).slice(0, SHOWN_NAMES)],
  };
}
