/** Text of one SQL request as it grows, with the values that stand in it by name. */

/** A value with the type that the database is to read it as; what `typeHint.X(value)` answers. */
interface TypeHint {
  type: '__TYPE_HINT__';
  hint: string;
  value: unknown;
}

export const TYPE_HINT = '__TYPE_HINT__';

/** What `createPgStatement` and `createMySQLStatement` answer. */
export interface RdsRequest {
  statements: string[];
  variableMap: Record<string, unknown>;
  variableTypeHintMap: Record<string, string>;
}

function isTypeHint(value: unknown): value is TypeHint {
  return (value as { type?: unknown } | null | undefined)?.type === TYPE_HINT;
}

/** Quotes names and hands out variables for one request of one dialect. */
export class RdsText {
  readonly quote: '"' | '`';
  readonly variableMap: Record<string, unknown> = {};
  readonly variableTypeHintMap: Record<string, string> = {};
  #variables = 0;

  constructor(quote: '"' | '`') {
    this.quote = quote;
  }

  /** Returns the variable that stands for a value. */
  value(value: unknown): string {
    const name = `:P${this.#variables}`;
    this.#variables += 1;
    if (isTypeHint(value)) {
      this.variableMap[name] = value.value;
      this.variableTypeHintMap[name] = value.hint;
    } else {
      this.variableMap[name] = value ?? null;
    }
    return name;
  }

  /** `persons.name` → `"persons"."name"`; a `*` stays. */
  name(name: unknown): string {
    if (typeof name !== 'string' || name === '')
      throw new Error(`${JSON.stringify(name)} is not the name of a table or column`);
    const { quote } = this;
    const parts = name.split('.');
    return parts
      .map((part) => (part === '*' ? part : `${quote}${part.replaceAll(quote, quote + quote)}${quote}`))
      .join('.');
  }
}
