import { describe, expect, it, vi } from 'vitest';
import type { limits as realLimits } from '../../../../local/appsync/limits.ts';
import { evaluate, run } from './evaluate.ts';

// What is counted must end a handler by itself, on a busy machine too.
vi.mock(import('../../../../local/appsync/limits.ts'), async (load) => {
  const { limits } = await load();
  return { limits: { ...limits, handlerMs: 60_000 } as unknown as typeof realLimits };
});

const handler = (body: string): string => `
  import { util, runtime, extensions } from '@aws-appsync/utils';
  export function request(ctx) { ${body} }
  export function response(ctx) { return ctx.result; }`;

describe('a call that no clock can stop', () => {
  const long =
    "let s = 'aaaaaaaaaaaaaaaa'; [1,2,3,4,5,6,7,8,9,10,11,12,13,14].forEach(() => { s = s + s; });";
  const many = `const twenty = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];
    let list = [1, 2]; twenty.forEach(() => { list = [...list, ...list]; });`;
  const work = 'goes through more than 50000000 characters and entries of lists';
  const json = 'has more than 8000000 characters, entries and members as JSON';

  it.each([
    ['a list of any length', 'return Array(6e7).indexOf(1);', work],
    [
      'a list of the greatest length',
      'const list = []; list.length = 4294967295; return list.indexOf(1);',
      work,
    ],
    ['a list with one far entry', 'const list = []; list[4e9] = 1; return list.join();', work],
    ['the entries of such a list', 'const list = []; list[4e9] = 1; return { ...list, ...[...list] };', work],
    [
      'a list that doubles',
      `${many} [1, 2, 3, 4, 5, 6].forEach(() => { list = list.concat(list); }); return 1;`,
      work,
    ],
    [
      'a list that is spread again and again',
      `${many} [1,2,3,4,5,6].forEach(() => { list = [...list, ...list]; }); return 1;`,
      work,
    ],

    ['a text that doubles', `${long} ${'s += s; '.repeat(14)} return 1;`, work],
    ['a template that doubles', `${long} ${'s = \`${s}${s}\`; '.repeat(14)} return 1;`, work],
    ['a text that many calls go through', `${long} ${"s.indexOf('b'); ".repeat(400)} return 1;`, work],
    [
      'what a call makes',
      `${long} return s.replaceAll('a', '12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890');`,
      work,
    ],

    ['numbers of a text', `${long} ${'Number(s); parseInt(s); '.repeat(200)} return 1;`, work],
    [
      'a text in a comparison with a list',
      `${many} ${"if (list == 'a') { list = 1; } ".repeat(30)} return 1;`,
      work,
    ],
    [
      'what is small, but endless as JSON',
      'let a = [1]; [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30].forEach(() => { a = [a, a]; }); return a;',
      json,
    ],
    [
      'the same in a call',
      'let a = [1]; [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30].forEach(() => { a = [a, a]; }); return JSON.stringify(a);',
      json,
    ],
    [
      'the same for a function of util',
      'let a = [1]; [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30].forEach(() => { a = { a, b: a }; }); return util.dynamodb.toMapValues(a);',
      json,
    ],
    ['the same in the stash', 'const a = {}; a.a = a; ctx.stash.a = a; return 1;', json],
  ])('is refused: %s', (_, body, message) => {
    const outcome = run(handler(body));

    expect(outcome).toMatchObject({ kind: 'crash', message: expect.stringContaining(message) as string });
  });

  it('is counted anew in each evaluation', () => {
    const code = handler(`${long} ${"s.indexOf('b'); ".repeat(100)} return s.length;`);

    expect([run(code), run(code), run(code)]).toMatchObject(Array(3).fill({ kind: 'value', value: 262_144 }));
  });

  it.each([
    ['(1, 2) + 3', 5],
    ['[...(1, [2])]', [2]],
    ['[1, 2].map((n) => n + 1).concat(...[[4]], 5)', [2, 3, 4, 5]],
    ['`${1 + 1}${`${2}`}`', '22'],
    ['String.raw`${1}\\n`', '1\\n'],
    ['[[1, 2]].map(([a, ...rest]) => ({ a, ...rest }))', [{ 0: 2, a: 1 }]],
    [
      'Array(3).fill(0).concat(Array.isArray([]), Array(1, 2), String(5), Number("6"))',
      [0, 0, 0, true, 1, 2, '5', 6],
    ],
    ['[3, 1, 2].sort().reverse().join("") + [1, [2, 3]]', '3211,2,3'],
    [
      'Object.entries(Object.assign({ a: 1 }, { b: "x".length }))',
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    [
      '[String(undefined), "a-b".split("-"), "aa".replaceAll("a", "b"), Math.max(...[1, 2])]',
      ['undefined', ['a', 'b'], 'bb', 2],
    ],
  ])('changes nothing of %s', (expression, expected) => {
    expect(evaluate(expression)).toEqual(expected);
  });
});
