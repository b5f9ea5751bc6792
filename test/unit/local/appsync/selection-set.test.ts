import { Kind, parse } from 'graphql';
import type { FieldNode, FragmentDefinitionNode, OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  selectionDepth,
  selectionSetGraphQL,
  selectionSetList,
} from '../../../../local/appsync/execution/selection-set.ts';

function read(query: string, variableValues: Record<string, unknown> = {}) {
  const { definitions } = parse(query);
  const operation = definitions[0] as OperationDefinitionNode;
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const root = operation.selectionSet.selections[0] as FieldNode;
  return { root, set: operation.selectionSet, scope: { fragments, variableValues } };
}

describe('selectionSetList', () => {
  it('lists paths, with parents first', () => {
    const { root, scope } = read('{ search { hits { id values } version } }');

    expect(selectionSetList([root], scope)).toEqual(['hits', 'hits/id', 'hits/values', 'version']);
  });

  it('names aliases, expands fragments, and follows @skip and @include', () => {
    const { root, scope } = read(
      `query ($yes: Boolean!) { search { found: hits { ...Hit } a @skip(if: $yes) b @include(if: $yes) } }
       fragment Hit on Hit { id ... on Hit { text: body id } }`,
      { yes: true },
    );

    expect(selectionSetList([root], scope)).toEqual(['found', 'found/id', 'found/text', 'b']);
  });

  it('refuses fragments that multiply each other', () => {
    const fragments = Array.from({ length: 14 }, (_, i) => {
      const inner = i < 13 ? `...F${i + 1}` : 'id';
      return `fragment F${i} on T { a: x { ${inner} } b: x { ${inner} } }`;
    });
    const { root, scope } = read(`{ search { ...F0 } } ${fragments.join(' ')}`);

    expect(() => selectionSetList([root], scope)).toThrow('more than 10000 fields');
  });
});

it('selectionSetGraphQL prints the selection as it was written', () => {
  const { root } = read('{ search { hits { id } ...F } } fragment F on S { version }');

  expect(selectionSetGraphQL([root]).replace(/\s+/g, ' ')).toBe('{ hits { id } ...F }');
});

it('selectionDepth counts levels through fragments', () => {
  const { set, scope } = read('{ a { ...F } } fragment F on A { b { ... on B { c } } }');

  expect(selectionDepth(set, scope)).toBe(3);
});
