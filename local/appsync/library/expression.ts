import type { AttributeValue } from './attribute-values.ts';

/** An expression of DynamoDB with its placeholders, as resolvers write it. */
export interface Expression {
  expression: string;
  expressionNames?: Record<string, string>;
  expressionValues?: Record<string, AttributeValue>;
}

/** Hands out placeholders that are unique within one expression. */
export class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, AttributeValue> = {};

  /** Returns `#field`; the same field keeps its placeholder. */
  name(field: string): string {
    const placeholder = this.#free(
      `#${field.replace(/\W/g, '_')}`,
      (taken) => this.names[taken] !== field,
      this.names,
    );
    this.names[placeholder] = field;
    return placeholder;
  }

  /** Returns `:hint`, numbered when it is taken. */
  value(hint: string, value: AttributeValue): string {
    const placeholder = this.#free(`:${hint.replace(/\W/g, '_')}`, () => true, this.values);
    this.values[placeholder] = value;
    return placeholder;
  }

  #free(wanted: string, isTaken: (name: string) => boolean, used: Record<string, unknown>): string {
    let candidate = wanted;
    for (let i = 1; Object.hasOwn(used, candidate) && isTaken(candidate); i++) candidate = `${wanted}_${i}`;
    return candidate;
  }
}
