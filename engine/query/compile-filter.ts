import type { FieldType, Filter } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';
import { compileCondition, compileValue, CONDITION_TYPES, type Condition } from './compile-condition.ts';

/** A filter that was checked against the registered fields: ready to be evaluated. */
export type CompiledFilter =
  | { kind: 'and'; children: CompiledFilter[] }
  | { kind: 'or'; children: CompiledFilter[] }
  | { kind: 'not'; child: CompiledFilter }
  | { kind: 'exists'; field: string; exists: boolean }
  | { kind: 'condition'; field: string; condition: Condition };

/** Bounds of a filter. */
const FILTER_LIMITS = { depth: 16, nodes: 256 } as const;

const NODE_KEYS = ['and', 'or', 'not', 'field'];
const CONDITION_KEYS = ['string', 'number', 'boolean', 'list', 'value', 'exists'] as const;

interface Compilation {
  fields: Record<string, FieldType>;
  nodes: number;
}

/** Checks a filter and returns it in the form that is evaluated; every mistake is an InvalidInput that names its place. */
export function compileFilter(filter: Filter, fields: Record<string, FieldType>): CompiledFilter {
  return compileNode(filter, { path: 'filter', depth: 1 }, { fields, nodes: 0 });
}

/** Returns the names of the fields that a filter reads. */
export function filterFields(filter: CompiledFilter): string[] {
  if (filter.kind === 'and' || filter.kind === 'or')
    return [...new Set(filter.children.flatMap(filterFields))];
  return filter.kind === 'not' ? filterFields(filter.child) : [filter.field];
}

interface Place {
  path: string;
  depth: number;
}

function compileNode(node: Filter, place: Place, compilation: Compilation): CompiledFilter {
  const { path, depth } = place;
  if (typeof node !== 'object' || (node as Filter | null) === null || Array.isArray(node)) {
    throw invalidInput(`${path} is ${showValue(node)}; a filter is an object.`, { field: path });
  }
  checkSize(place, (compilation.nodes += 1));
  const given = Object.entries(node).filter(([, value]) => value !== null && value !== undefined);
  for (const [key] of given) checkKey(key, path);
  const kinds = given.map(([key]) => key).filter((key) => NODE_KEYS.includes(key));
  const conditions = CONDITION_KEYS.filter((key) => given.some(([name]) => name === key));
  if (kinds.length === 0 && conditions.length === 0) {
    throw invalidInput(`${path} is empty; it needs "and", "or", "not", or a "field" with a condition.`, {
      field: path,
    });
  }
  if (kinds.length > 1 || (conditions.length > 0 && kinds[0] !== 'field')) {
    throw oneThing(path, [...kinds, ...conditions]);
  }
  const { and, or, not } = node;
  if (and) return { kind: 'and', children: compileList(and, 'and', place, compilation) };
  if (or) return { kind: 'or', children: compileList(or, 'or', place, compilation) };
  if (not)
    return { kind: 'not', child: compileNode(not, { path: `${path}.not`, depth: depth + 1 }, compilation) };
  return compileField(node, conditions, path, compilation.fields);
}

function checkSize({ path, depth }: Place, nodes: number): void {
  const { depth: maxDepth, nodes: maxNodes } = FILTER_LIMITS;
  if (depth > maxDepth) {
    const info = { field: path, actual: depth, limit: maxDepth };
    throw new VectorDbError('LimitExceeded', `The filter is more than ${maxDepth} levels deep.`, info);
  }
  if (nodes > maxNodes) {
    const info = { field: path, actual: nodes, limit: maxNodes };
    throw new VectorDbError('LimitExceeded', `The filter has more than ${maxNodes} nodes.`, info);
  }
}

function checkKey(key: string, path: string): void {
  const known = [...NODE_KEYS, ...CONDITION_KEYS].filter((name) => name !== 'value');
  if (known.includes(key) || key === 'value') return;
  throw invalidInput(`${path} has the unknown part ${showValue(key)}.`, {
    field: path,
    code: 'UNSUPPORTED_OPERATOR',
    actual: key,
    limit: known.join(', '),
    hint: `use one of ${known.join(', ')}`,
  });
}

function oneThing(path: string, keys: string[]): VectorDbError {
  const hint = 'put each condition into its own element of "and"';
  const field = keys.includes('field') ? keys : ['a field', ...keys];
  return invalidInput(
    `${path} has ${[...new Set(field)].join(' and ')} in one node; a node holds one condition.`,
    {
      field: path,
      hint,
    },
  );
}

function compileList(list: Filter[], key: string, place: Place, compilation: Compilation): CompiledFilter[] {
  const path = `${place.path}.${key}`;
  if (!Array.isArray(list) || list.length === 0) {
    throw invalidInput(`${path} must be a list with at least one filter.`, { field: path });
  }
  return list.map((child, i) =>
    compileNode(child, { path: `${path}[${i}]`, depth: place.depth + 1 }, compilation),
  );
}

function compileField(
  node: Filter,
  conditions: (typeof CONDITION_KEYS)[number][],
  path: string,
  fields: Record<string, FieldType>,
): CompiledFilter {
  const { field } = node;
  if (typeof field !== 'string') {
    const name = conditions[0] ?? 'condition';
    throw invalidInput(`${path} has a ${name} without a "field".`, {
      field: path,
      hint: 'name the metadata field',
    });
  }
  if (conditions.length > 1) throw oneThing(path, conditions);
  const type = Object.hasOwn(fields, field) ? fields[field]! : undefined;
  if (type === undefined) throw unknownField(field, path, Object.keys(fields));
  const key = conditions[0];
  if (key === undefined) {
    throw invalidInput(`${path} names the field ${showValue(field)} without a condition.`, { field: path });
  }
  if (key === 'exists') {
    if (typeof node.exists !== 'boolean') {
      throw invalidInput(`${path}.exists is ${showValue(node.exists)}; it must be true or false.`, {
        field: path,
      });
    }
    return { kind: 'exists', field, exists: node.exists };
  }
  if (key === 'value') {
    return {
      kind: 'condition',
      field,
      condition: compileValue(type, node.value ?? {}, `the condition on ${showValue(field)}`),
    };
  }
  if (CONDITION_TYPES[key] !== type) throw wrongType({ field, type, key, path });
  const condition = compileCondition(key, node[key] as Record<string, unknown>, `${path}.${key}`);
  return { kind: 'condition', field, condition };
}

function unknownField(field: string, path: string, known: string[]): VectorDbError {
  const shown = known.sort().slice(0, 20);
  const more = known.length > shown.length ? ` and ${known.length - shown.length} more` : '';
  const list = shown.length === 0 ? 'no metadata fields yet' : `the fields ${shown.join(', ')}${more}`;
  return invalidInput(`${path} names the unknown field ${showValue(field)}; the database has ${list}.`, {
    field: path,
    code: 'UNKNOWN_FIELD',
    actual: field,
    limit: shown.join(', '),
  });
}

function wrongType(at: { field: string; type: FieldType; key: string; path: string }): VectorDbError {
  const right = Object.entries(CONDITION_TYPES).find(([, type]) => type === at.type)?.[0] ?? 'exists';
  const message = `${at.path} puts a ${at.key} condition on field ${showValue(at.field)}, which has type ${at.type}.`;
  return invalidInput(message, { field: at.path, actual: at.key, limit: right, hint: `use "${right}"` });
}
