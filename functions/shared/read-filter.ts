import type { Filter } from '../../engine/api.ts';
import { parseFilterJson } from '../../engine/index.ts';
import type { MetadataFilter } from '../../schema/generated/types.ts';
import { RequestError } from './request-error.ts';
import { parseJsonObject, validateFields } from './validate-arguments.ts';

/** A filter in either spelling, as arguments carry it. */
interface FilterInput {
  filter?: MetadataFilter | null;
  filterJson?: unknown;
}

/** Deeper filters are refused before anything walks them. */
const MAX_DEPTH = 16;

const CONDITION_TYPES = {
  string: 'StringCondition',
  number: 'NumberCondition',
  list: 'ListCondition',
} as const;

function checkFilter(filter: MetadataFilter, path: string, depth: number): void {
  if (depth > MAX_DEPTH) {
    const message = `${path} is nested more than ${MAX_DEPTH} levels deep.`;
    throw new RequestError('VALIDATION', message, { field: path, limit: MAX_DEPTH });
  }
  validateFields('MetadataFilter', filter, `${path}.`);
  for (const [name, type] of Object.entries(CONDITION_TYPES)) {
    const condition = filter[name as keyof typeof CONDITION_TYPES];
    if (condition) validateFields(type, condition, `${path}.${name}.`);
  }
  for (const name of ['and', 'or'] as const) {
    for (const [index, part] of (filter[name] ?? []).entries()) {
      checkFilter(part, `${path}.${name}[${index}]`, depth + 1);
    }
  }
  if (filter.not) checkFilter(filter.not, `${path}.not`, depth + 1);
}

/** Returns the filter that a caller gave in either spelling, or null when in none; `path` is what stands before its name. */
export function readFilter({ filter, filterJson }: FilterInput, path: string): Filter | null {
  const hasJson = filterJson !== undefined && filterJson !== null;
  if (filter && hasJson) {
    const field = `${path}filterJson`;
    throw new RequestError('VALIDATION', `${path}filter and ${field} are both given; give one of them.`, {
      field,
    });
  }
  if (hasJson) return parseFilterJson(parseJsonObject(filterJson, `${path}filterJson`));
  if (!filter) return null;
  checkFilter(filter, `${path}filter`, 1);
  return filter;
}
