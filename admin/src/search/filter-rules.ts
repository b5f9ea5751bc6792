import type { MetadataField, MetadataFilter } from '../../../schema/generated/types.ts';
import { readOption } from '../forms/read-option.ts';
import { makeValidator } from '../forms/validate.ts';
import { inputs } from '../generated/descriptors.ts';
import type { InputDescriptor } from '../schema-model.ts';

/** One line of the filter builder. */
export interface Rule {
  key: number;
  field: string;
  type: string;
  operator: string;
  text: string;
}

interface Conditions {
  /** The field of MetadataFilter that takes the condition. */
  slot: 'string' | 'number' | 'boolean' | 'list';
  operators: InputDescriptor[];
}

const CONDITIONS: Record<string, Conditions> = {
  STRING: { slot: 'string', operators: inputs.StringCondition },
  NUMBER: { slot: 'number', operators: inputs.NumberCondition },
  BOOLEAN: { slot: 'boolean', operators: inputs.BooleanCondition },
  STRING_LIST: { slot: 'list', operators: inputs.ListCondition },
};

const EXISTS = inputs.MetadataFilter.find(({ name }) => name === 'exists');

/** Returns the operators that suit a field's type. */
export function listOperators(type: string): InputDescriptor[] {
  return [...(CONDITIONS[type]?.operators ?? []), ...(EXISTS ? [EXISTS] : [])];
}

export function findOperator({ type, operator }: Rule): InputDescriptor | undefined {
  return listOperators(type).find(({ name }) => name === operator);
}

export function makeRule(key: number, { name, type }: MetadataField): Rule {
  const operator = listOperators(type)[0];
  return {
    key,
    field: name,
    type,
    operator: operator?.name ?? 'exists',
    text: operator?.type === 'Boolean' ? 'true' : '',
  };
}

function readValue(rule: Rule): unknown {
  const operator = findOperator(rule);
  if (operator?.type === 'Boolean') return rule.text === 'true';
  return operator && readOption(operator, rule.text);
}

/** Returns what is wrong with the rules, by `rule.<key>`. */
export function checkRules(rules: Rule[]): Record<string, string> {
  const problems = rules.flatMap((rule) => {
    const operator = findOperator(rule);
    const value = readValue(rule);
    const isBadNumber = operator?.type === 'Float' && [value].flat().some((item) => !Number.isFinite(item));
    const problem = !operator
      ? 'Choose an operator.'
      : value === undefined
        ? 'Give a value.'
        : isBadNumber
          ? 'This must be a number, or numbers with commas between.'
          : makeValidator(operator)(value, {});
    return problem ? [[`rule.${rule.key}`, problem]] : [];
  });
  return Object.fromEntries(problems) as Record<string, string>;
}

/** Makes the filter of the rules, or null without any. */
export function buildFilter(rules: Rule[], join: 'and' | 'or'): MetadataFilter | null {
  const filters = rules.map((rule): MetadataFilter => {
    const value = readValue(rule);
    if (rule.operator === 'exists') return { field: rule.field, exists: value as boolean };
    const slot = CONDITIONS[rule.type]?.slot ?? 'string';
    return { field: rule.field, [slot]: { [rule.operator]: value } };
  });
  return filters.length > 1 ? { [join]: filters } : (filters[0] ?? null);
}
