/** A policy document as JSON gives it, with every intrinsic function already resolved. */
export interface PolicyDocument {
  Version?: string;
  Id?: string;
  Statement: Statement | Statement[];
}

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  /** Of a resource's policy alone. */
  Principal?: PrincipalElement;
  /** Everyone else is meant: with Deny alone, as in the service. */
  NotPrincipal?: PrincipalElement;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, ConditionValue>>;
}

export type PrincipalElement = '*' | Partial<Record<string, string | string[]>>;

export type ConditionValue = string | number | boolean | (string | number | boolean)[];

/** What a service knows about a request, by condition key; a list for keys with several values. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>;

/** Says what is wrong with a policy: the place, the value and what was expected. */
export class InvalidPolicy extends Error {
  override readonly name = 'InvalidPolicy';
}

/** Returns a value or a list of values as a list. */
export function listOf<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
