import type { GraphQLScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../../../local/appsync/schema/build-schema.ts';

const SCALARS =
  'AWSDate AWSTime AWSDateTime AWSTimestamp AWSEmail AWSJSON AWSURL AWSPhone AWSIPAddress'.split(' ');
const { schema } = buildSchema(`type Query { ${SCALARS.map((name) => `f${name}: ${name}`).join(' ')} }`);

const scalar = (name: string): GraphQLScalarType => schema.getType(name) as GraphQLScalarType;

describe('scalars', () => {
  it.each([
    ['AWSDate', '2026-02-28', '2026-02-30'],
    ['AWSDate', '2026-02-28Z', '28.02.2026'],
    ['AWSTime', '23:59:59.999+01:00', '24:00'],
    ['AWSDateTime', '2026-02-28T10:00Z', '2026-02-28T10:00'],
    ['AWSDateTime', '2026-02-28T10:00:00.123456789+05:30', '2026-02-28'],
    ['AWSTimestamp', 1_700_000_000, 1.5],
    ['AWSEmail', 'a.b+c@example.com', 'a@b'],
    ['AWSURL', 'https://example.com/?a=b', 'not a url'],
    ['AWSPhone', '+1 555 123 4567', 'call me'],
    ['AWSPhone', '206-555-0100', '1110004444'],
    ['AWSIPAddress', '10.0.0.0/8', '10.0.0.0/33'],
    ['AWSIPAddress', '::1', '1.2.3'],
  ])('%s takes %j but not %j', (name, good, bad) => {
    expect(scalar(name).parseValue(good)).toBe(good);
    expect(scalar(name).serialize(good)).toBe(good);
    expect(() => scalar(name).parseValue(bad)).toThrow('Unable to parse');
  });

  it('AWSJSON is parsed on the way in and written on the way out', () => {
    expect(scalar('AWSJSON').parseValue('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(scalar('AWSJSON').serialize({ a: 1 })).toBe('{"a":1}');
    expect(scalar('AWSJSON').serialize('{"a":1}')).toBe('{"a":1}');
    expect(() => scalar('AWSJSON').parseValue({ a: 1 })).toThrow('a string that holds JSON');
    expect(() => scalar('AWSJSON').serialize('not json')).toThrow('as a valid JSON');
  });

  it('AWSJSON takes no text that is nested deeper than a resolver can walk', () => {
    const nest = (levels: number): string => '{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2);

    expect(() => scalar('AWSJSON').parseValue(nest(1000))).not.toThrow();
    expect(() => scalar('AWSJSON').parseValue(nest(1002))).toThrow('more than 1000 levels');
    expect(() => scalar('AWSJSON').parseValue(nest(100_000))).toThrow('more than 1000 levels');
  });
});

describe('a schema that the service refuses', () => {
  it.each([
    ['a scalar of its own', 'scalar Own type Query { a: Own }', 'defines scalar Own'],
    ['an unknown directive', 'type Query { a: Int @cached }', '"@cached"'],
    [
      'a subscription to nothing',
      'type Query { a: Int } type Subscription { s: Int @aws_subscribe(mutations: ["m"]) }',
      "'m', which does not exist",
    ],
    [
      'a subscription of another type',
      'type Query { a: Int } type Mutation { m: String } type Subscription { s: Int @aws_subscribe(mutations: ["m"]) }',
      'different types: Int and String',
    ],
    ['no Query', 'type A { a: Int }', 'Query root type'],
  ])('%s', (_, sdl, message) => {
    expect(() => buildSchema(sdl)).toThrow(message);
  });
});
