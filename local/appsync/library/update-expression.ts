import { SETS, toItemAttribute } from './attribute-values.ts';
import type { AttributeValue } from './attribute-values.ts';
import type { Expression } from './expression.ts';
import type { LibraryFunction } from './handler-session.ts';

type Operation = Record<string, unknown> & { type: string };

function isOperation(value: unknown): value is Operation {
  const type = (value as { type?: unknown } | null)?.type;
  return typeof type === 'string' && type.startsWith('OPERATION_');
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A map with members is updated member by member: only `operations.replace` writes it as a whole. Sets are values. */
function isNested(value: unknown): value is Record<string, unknown> {
  if (!isMap(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && !(keys.length === 1 && SETS.has(keys[0] ?? ''));
}

/** Collects the clauses of one update; placeholders are numbered in the order of use. */
class UpdateClauses {
  readonly #set: string[] = [];
  readonly #remove: string[] = [];
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, AttributeValue> = {};

  add(path: string[], value: unknown): void {
    if (isOperation(value)) {
      this.#addOperation(path, value);
    } else if (Array.isArray(value) && value.length > 0 && value.every(isOperation)) {
      for (const operation of value) this.#addOperation(path, operation);
    } else if (isNested(value)) {
      for (const [key, item] of Object.entries(value)) this.add([...path, key], item);
    } else {
      this.#set.push(`${this.#path(path)} = ${this.#value(value)}`);
    }
  }

  finish(): Expression {
    const clauses = [
      ...(this.#set.length > 0 ? [`SET ${this.#set.join(', ')}`] : []),
      ...(this.#remove.length > 0 ? [`REMOVE ${this.#remove.join(', ')}`] : []),
    ];
    if (clauses.length === 0) throw new Error('the update changes nothing: give at least one attribute');
    return {
      expression: clauses.join(' '),
      expressionNames: this.#names,
      ...(Object.keys(this.#values).length > 0 ? { expressionValues: this.#values } : {}),
    };
  }

  #addOperation(path: string[], operation: Operation): void {
    const target = this.#path(path);
    switch (operation.type) {
      case 'OPERATION_REMOVE':
        this.#remove.push(target);
        return;
      case 'OPERATION_INCREMENT':
        this.#set.push(`${target} = ${target} + ${this.#value(operation.by)}`);
        return;
      case 'OPERATION_DECREMENT':
        this.#set.push(`${target} = ${target} - ${this.#value(operation.by)}`);
        return;
      case 'OPERATION_APPEND':
        this.#set.push(`${target} = list_append(${target}, ${this.#value(operation.items)})`);
        return;
      case 'OPERATION_PREPEND':
        this.#set.push(`${target} = list_append(${this.#value(operation.items)}, ${target})`);
        return;
      case 'OPERATION_UPDATE_LIST_ITEM':
        this.#set.push(`${target}[${Number(operation.index)}] = ${this.#value(operation.value)}`);
        return;
      case 'OPERATION_ADD':
      case 'OPERATION_REPLACE':
        this.#set.push(`${target} = ${this.#value(operation.value)}`);
        return;
      default:
        throw new Error(`the update of '${path.join('.')}' has the unknown operation ${operation.type}`);
    }
  }

  #path(path: string[]): string {
    return path.map((part) => this.#name(part)).join('.');
  }

  #name(field: string): string {
    const known = Object.entries(this.#names).find(([, name]) => name === field);
    if (known) return known[0];
    const placeholder = `#expName_${Object.keys(this.#names).length + 1}`;
    this.#names[placeholder] = field;
    return placeholder;
  }

  #value(value: unknown): string {
    const placeholder = `:expValue_${Object.keys(this.#values).length + 1}`;
    this.#values[placeholder] = toItemAttribute(value);
    return placeholder;
  }
}

/** Translates the `update` object of the DynamoDB module to an update expression. */
export function updateExpression(update: unknown): Expression {
  if (!isMap(update)) throw new Error(`update is an object of attributes, not ${JSON.stringify(update)}`);
  const clauses = new UpdateClauses();
  for (const [field, value] of Object.entries(update)) clauses.add([field], value);
  return clauses.finish();
}

/** `operations` of the DynamoDB module. */
export const operationFunctions = {
  'ddb.operations.add': ([value]) => ({ type: 'OPERATION_ADD', value }),
  'ddb.operations.remove': () => ({ type: 'OPERATION_REMOVE' }),
  'ddb.operations.replace': ([value]) => ({ type: 'OPERATION_REPLACE', value }),
  'ddb.operations.increment': ([by]) => ({ type: 'OPERATION_INCREMENT', by: by ?? 1 }),
  'ddb.operations.decrement': ([by]) => ({ type: 'OPERATION_DECREMENT', by: by ?? 1 }),
  'ddb.operations.append': ([items]) => ({ type: 'OPERATION_APPEND', items }),
  'ddb.operations.prepend': ([items]) => ({ type: 'OPERATION_PREPEND', items }),
  'ddb.operations.updateListItem': ([value, index]) => ({ type: 'OPERATION_UPDATE_LIST_ITEM', value, index }),
} satisfies Record<string, LibraryFunction>;
