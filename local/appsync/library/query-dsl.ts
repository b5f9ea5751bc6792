import type { LibraryFunction } from './handler-session.ts';

type Bag = Record<string, unknown>;

const TERMS: Record<string, string | undefined> = {
  eq: 'term',
  match: 'match',
  matchPhrase: 'match_phrase',
  matchPhrasePrefix: 'match_phrase_prefix',
  wildcard: 'wildcard',
  regexp: 'regexp',
};
const BOUNDS = new Set(['gt', 'gte', 'lt', 'lte']);

function bag(value: unknown, name: string): Bag {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Bag;
  throw new Error(`${name} must be an object, not ${JSON.stringify(value)}`);
}

function not(query: unknown): Bag {
  return { bool: { must_not: query } };
}

/** One query stands for itself; several must hold together. */
function all(queries: Bag[]): Bag {
  const [only] = queries;
  return queries.length === 1 && only ? only : { bool: { must: queries } };
}

function condition(field: string, operator: string, value: unknown): Bag {
  const term = TERMS[operator];
  if (term !== undefined) return { [term]: { [field]: value } };
  if (BOUNDS.has(operator)) return { range: { [field]: { [operator]: value } } };
  switch (operator) {
    case 'ne':
      return not({ term: { [field]: value } });
    case 'range': {
      if (!Array.isArray(value) || value.length !== 2)
        throw new Error(`'range' of '${field}' takes a list of two values, not ${JSON.stringify(value)}`);
      const [gte, lte] = value as unknown[];
      return { range: { [field]: { gte, lte } } };
    }
    case 'exists':
      return value === false ? not({ exists: { field } }) : { exists: { field } };
    case 'multiMatch':
      return { multi_match: { query: value, fields: [field] } };
    default:
      throw new Error(`'${field}' has the unknown operator '${operator}'`);
  }
}

function conditionsOn(field: string, operators: unknown): Bag {
  const conditions = Object.entries(bag(operators, `'${field}'`));
  return all(conditions.map(([operator, value]) => condition(field, operator, value)));
}

function combination(key: string, value: unknown): Bag {
  const filters = (Array.isArray(value) ? (value as unknown[]) : [value]).map((filter) =>
    queryOf(bag(filter, `'${key}'`)),
  );
  if (key === 'not') return not(filters.length === 1 ? filters[0] : filters);
  return key === 'and' ? { bool: { must: filters } } : { bool: { should: filters, minimum_should_match: 1 } };
}

function queryOf(filter: Bag): Bag {
  const entries = Object.entries(filter).filter(([, value]) => (value ?? null) !== null);
  return all(
    entries.map(([key, value]) =>
      key === 'and' || key === 'or' || key === 'not' ? combination(key, value) : conditionsOn(key, value),
    ),
  );
}

/** The part of `util.transform` that is about OpenSearch. */
export const queryDslFunctions = {
  'util.transform.toElasticsearchQueryDSL': ([filter]) => JSON.stringify(queryOf(bag(filter, 'the filter'))),
} satisfies Record<string, LibraryFunction>;
