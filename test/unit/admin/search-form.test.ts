import { parse, validate } from 'graphql';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generateConsole } from '../../../admin/generate/generate-console.ts';
import { loadSchema } from '../../../admin/generate/load-schema.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
generateConsole({ schema: path('../../../schema'), output: path('../../../admin/src/generated') });
const { EMPTY_SEARCH, checkSearch, toSearchInput } =
  await import('../../../admin/src/search/search-state.ts');
const { makeRule } = await import('../../../admin/src/search/filter-rules.ts');
const { printCurl, printGraphql } = await import('../../../admin/src/search/copy-as.ts');

const year = {
  ...makeRule(1, { name: 'year', type: 'NUMBER', distinct: null }),
  operator: 'gte',
  text: '2020',
};
const tags = {
  ...makeRule(2, { name: 'tags', type: 'STRING_LIST', distinct: null }),
  operator: 'containsAny',
  text: 'a, b',
};
const draft = { ...makeRule(3, { name: 'draft', type: 'BOOLEAN', distinct: null }), text: 'false' };

describe('a search form', () => {
  test('sends only what was given', () => {
    const state = {
      ...EMPTY_SEARCH,
      text: 'moon',
      options: { topK: '5', mode: '' },
      switches: { exact: true, explain: false },
    };

    expect(toSearchInput('db', state)).toEqual({ databaseId: 'db', text: 'moon', topK: 5, exact: true });
  });

  test('makes typed filters of its rules', () => {
    const one = toSearchInput('db', { ...EMPTY_SEARCH, text: 'x', rules: [draft] });
    const many = toSearchInput('db', { ...EMPTY_SEARCH, text: 'x', rules: [year, tags], join: 'or' });

    expect(one.filter).toEqual({ field: 'draft', boolean: { eq: false } });
    expect(many.filter).toEqual({
      or: [
        { field: 'year', number: { gte: 2020 } },
        { field: 'tags', list: { containsAny: ['a', 'b'] } },
      ],
    });
  });

  test('asks for something to search for', () => {
    expect(checkSearch(EMPTY_SEARCH)).toHaveProperty('text');
    expect(checkSearch({ ...EMPTY_SEARCH, options: { values: '[0.1, 0.2]' } })).toEqual({});
  });

  test('refuses numbers out of range, texts for numbers, and broken JSON at their fields', () => {
    const problems = checkSearch({
      ...EMPTY_SEARCH,
      ...{ text: 'x', options: { topK: '1001', effort: '2' }, rules: [{ ...year, text: 'many' }] },
    });

    expect(Object.keys(problems).sort()).toEqual(['effort', 'rule.1', 'topK']);
    expect(checkSearch({ ...EMPTY_SEARCH, text: 'x', filterJson: '{' })).toHaveProperty('filterJson');
    expect(checkSearch({ ...EMPTY_SEARCH, text: 'x', filterJson: '{}', rules: [year] })).toHaveProperty(
      'filterJson',
    );
  });
});

describe('a copied search', () => {
  const input = toSearchInput('db', {
    ...EMPTY_SEARCH,
    ...{ text: 'the moon\'s "pull"', rules: [year], options: { mode: 'HYBRID' }, fusion: { method: 'RRF' } },
  });

  test('is a valid document', () => {
    const schema = loadSchema(path('../../../schema'));

    expect(validate(schema, parse(printGraphql(input)))).toEqual([]);
  });

  test('survives a shell, quotes and all', () => {
    const command = printCurl(input, 'http://localhost/graphql');

    const quoted = /--data-raw '(.*)'$/s.exec(command)?.[1] ?? '';
    const body = JSON.parse(quoted.replaceAll(`'\\''`, `'`)) as { variables: unknown };
    expect(body.variables).toEqual({ input });
    expect(command).not.toContain('vdb_');
  });
});
