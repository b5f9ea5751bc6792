/** The plain data by which the console knows the schema; `generated/descriptors.ts` holds it. */

export interface EnumDescriptor {
  value: string;
  description: string;
}

export interface FieldDescriptor {
  name: string;
  description: string;
  /** The named type without list and non-null marks. */
  type: string;
  kind: 'SCALAR' | 'ENUM' | 'OBJECT';
  isList: boolean;
  isRequired: boolean;
}

/** What `schema/constraints.json` says of an input. */
export interface Constraint {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  patternHint?: string;
  json?: 'object';
  min?: number;
  max?: number;
  integer?: boolean;
  maxHalfOf?: string;
  minItems?: number;
  maxItems?: number;
  items?: Constraint;
  default?: string | number | boolean;
}

export interface InputDescriptor extends FieldDescriptor {
  constraint: Constraint;
}

/** The operations of one kind of thing; null where the schema has none. */
export interface ResourceDescriptor {
  type: string;
  /** Arguments that name what the thing belongs to, such as `databaseId`. */
  parents: string[];
  /** Optional arguments of the list. */
  filters: string[];
  list: string;
  get: string | null;
  create: string | null;
  update: string | null;
  delete: string | null;
}
