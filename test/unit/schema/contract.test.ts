import { readFileSync } from 'node:fs';
import { isInputObjectType, isNonNullType } from 'graphql';
import { expect, test } from 'vitest';
import { describeShape } from './describe-shape.ts';
import { readSchema } from './read-schema.ts';

const contract = readFileSync(new URL('public-contract.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const schema = readSchema();

test('keeps every name, argument, type, nullability and default of the public contract', () => {
  const shape = new Set(describeShape(schema));

  const missing = contract.filter((line) => !shape.has(line));

  expect(contract.length).toBeGreaterThan(350);
  expect(missing).toEqual([]);
});

test('adds nothing to the contract that existing clients would have to send', () => {
  const known = new Set(contract);

  const added = describeShape(schema).filter((line) => !known.has(line));
  const required = added.filter((line) => /^input .*!$|\(.*!\)$/.test(line));
  const onKnownOwners = required.filter((line) => {
    const owner = /^(input \w+\.|\w+\.\w+(?=\())/.exec(line)?.[0] ?? '';
    return contract.some((knownLine) => knownLine.startsWith(owner));
  });

  expect(onKnownOwners).toEqual([]);
});

test('answers lists as pages of items with a token', () => {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {});

  const lists = fields.filter((field) => field.name.startsWith('list'));

  expect(lists.length).toBeGreaterThan(3);
  for (const field of lists) {
    expect(field.args.map((argument) => argument.name)).toEqual(
      expect.arrayContaining(['limit', 'nextToken']),
    );
    expect(isNonNullType(field.type) && String(field.type)).toMatch(/Page!$/);
  }
});

test('has input types for inputs alone', () => {
  const inputs = Object.values(schema.getTypeMap()).filter(isInputObjectType);

  const unused = inputs.filter(
    (input) => !describeShape(schema).some((line) => new RegExp(`: \\[?${input.name}\\b`).test(line)),
  );

  expect(unused).toEqual([]);
});
