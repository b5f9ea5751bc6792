import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { evaluateHandler } from '../../../../local/appsync/runtime/evaluate-handler.ts';
import type { CompiledCode } from '../../../../local/appsync/runtime/compile-code.ts';
import { SourcePlaces } from '../../../../local/appsync/runtime/source-places.ts';
import { CONTEXT, evaluate, NOW_MS, run, session } from './evaluate.ts';

const handler = (body: string, before = ''): string => `
  import { util, runtime, extensions } from '@aws-appsync/utils';
  ${before}
  export function request(ctx) { ${body} }
  export function response(ctx) { return ctx.result; }`;

/** Code that never went through the checks. */
function asCode(script: Script): CompiledCode {
  return { script, handlers: new Set(), places: new SourcePlaces('unchecked.js', '', []) };
}

describe('what a handler sees', () => {
  it('is the context, with args and arguments as one', () => {
    expect(evaluate('[ctx.args.id, ctx.arguments === ctx.args, ctx.env.TABLE]')).toEqual([
      '7',
      true,
      'items',
    ]);
  });

  it('is fresh each time: nothing survives', () => {
    const code = handler('count = count + 1; return count;', 'let count = 0;');

    expect([run(code), run(code)]).toMatchObject([{ value: 1 }, { value: 1 }]);
  });

  it('keeps what it puts into the stash', () => {
    expect(run(handler('ctx.stash.seen = [1]; return null;'))).toMatchObject({ stash: { seen: [1] } });
  });
});

describe('a name of the code', () => {
  it.each([
    'modules',
    'step',
    '$modules',
    '$step',
    '$modules_',
    '$step_',
    '\\u0024step',
    'Outcome',
    'factory',
  ])('may be %s', (name) => {
    const code = handler(
      `return [1, 2].map((n) => n + ${name}.n).concat([typeof util.autoId()]);`,
      `const ${name} = { n: 1 };`,
    );

    expect(run(code)).toMatchObject({ kind: 'value', value: [2, 3, 'string'] });
  });
});

describe('what a handler cannot reach', () => {
  const names = `process require module globalThis fetch Promise Date Map Set Symbol BigInt Reflect Proxy RegExp Function eval
    setTimeout Buffer Error WebAssembly Intl host isLate names modules sandbox input evaluate`;

  it.each(names.split(/\s+/))('%s', (name) => {
    // Past the check of the code, which would refuse the name: the sandbox must not have it either.
    const script = new Script(`(() => ({ request: () => typeof ${name} }))`);

    const outcome = evaluateHandler(asCode(script), 'request', CONTEXT, session());

    expect(outcome).toMatchObject({ kind: 'value', value: 'undefined' });
  });

  it.each([
    ['the constructor of functions', "util.autoId.constructor('return process')()"],
    ['the constructor of a list method', "[].map.constructor('return process')()"],
    [
      'the constructor behind an answer of the host',
      "util.dynamodb.toMapValues({ a: 1 }).constructor.constructor('return process')()",
    ],
    ['the constructor behind the context', "ctx.args.constructor.constructor('return process')()"],
  ])('%s', (_, expression) => {
    const outcome = run(handler(`return ${expression};`));

    expect(outcome.kind).toBe('crash');
  });

  it.each([
    'Array.from',
    'Object.fromEntries',
    'Object.getPrototypeOf',
    'Math.sqrt',
    "'a'.repeat",
    "'a'.charCodeAt",
  ])('%s', (name) => {
    expect(evaluate(`typeof ${name}`)).toBe('undefined');
  });
});

describe('nothing that a handler changes reaches the next one', () => {
  // Past the check of the code: whatever syntax could say, the realm must hold.
  const raw = (body: string): unknown => {
    const script = new Script(`((modules) => { 'use strict'; return { request(ctx) { ${body} } }; })`);
    return evaluateHandler(asCode(script), 'request', CONTEXT, session());
  };

  it.each([
    ['a global', 'undeclared = 1;'],
    ['a member of the global object', '(function () { return this; }).call().x = 1;'],
    ['util', "modules['@aws-appsync/utils'].util.autoId = () => 'mine';"],
    ['a member of util', "modules['@aws-appsync/utils'].util.time.nowISO8601 = () => 'mine';"],
    ['the modules', "modules['@aws-appsync/utils'] = {};"],
    ['a function of util', "modules['@aws-appsync/utils'].util.autoId.x = 1;"],
    ['the prototype of lists', '[].constructor.prototype.map = () => [];'],
    ['the prototype of strings', "''.constructor.prototype.trim = () => '';"],
    ['the prototype of objects', '({}).constructor.prototype.x = 1;'],
    ['the prototype of functions', '(() => 1).__proto__ ?? request.constructor.x;'],
    ['JSON', 'JSON.parse = () => 1;'],
    ['Math', 'Math.seed = 1;'],
    ['console', 'console.log = () => 1;'],
  ])('%s', (_, body) => {
    expect(raw(body)).toMatchObject({ kind: 'crash' });
  });

  it('yet its own objects may cover what they inherit', () => {
    const body =
      "const a = {}; a.constructor = 1; a.toString = 'x'; return [a, Object.assign({}, a), 'b' + {}];";

    expect(run(handler(body))).toMatchObject({
      value: [{ constructor: 1, toString: 'x' }, { constructor: 1, toString: 'x' }, 'b[object Object]'],
    });
  });
});

describe('calls that are long, but end', () => {
  const long =
    "let s = 'aaaaaaaaaaaaaaaa'; [1,2,3,4,5,6,7,8,9,10,11,12,13,14].forEach(() => { s = s + s; });";
  const many = `const twenty = [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20];
    let list = [1, 2]; twenty.forEach(() => { list = [...list, ...list]; });`;

  it.each([
    ['the keys of a text', `${long} ${'Object.keys(s); '.repeat(900)} return 1;`],
    ['the rest of a list', `${many} ${'{ const [a, ...rest] = list; } '.repeat(40)} return 1;`],
  ])('is stopped between two of them at the latest: %s', (_, body) => {
    expect(run(handler(body))).toMatchObject({
      kind: 'crash',
      message: expect.stringMatching(/longer than 2000 ms|more than 50000000/) as string,
    });
  });
});

describe('a handler that misbehaves', () => {
  it('is stopped after its time', () => {
    const nested = Array.from({ length: 9 }, (_, i) => `for (const a${i} of list) {`).join('');
    const endless = `const list = ctx.args.list; let n = 0; ${nested} n += 1; ${'}'.repeat(9)} return n;`;
    const context = { ...CONTEXT, arguments: { list: Array.from({ length: 100 }, (_, i) => i) } };

    const outcome = run(handler(endless), session(), context);

    expect(outcome).toMatchObject({ kind: 'crash', message: 'the handler ran longer than 2000 ms' });
  });

  it.each([
    ['an endless list', 'const a = []; a.length = 4294967295; for (const x of a) { ctx.stash.x = x; }'],
    ['a loop without a block', 'const a = []; a.length = 4294967295; for (const x of a) ctx.stash.x = x;'],
    [
      'a pattern that backtracks',
      "return util.matches('(a+)+b', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');",
    ],
    [
      'a pattern whose parts overlap',
      "let s = 'aaaaaaaa'; [1, 2, 3, 4, 5, 6].forEach(() => { s = s + s; }); return util.matches('a*a*a*a*a*a*b', s);",
    ],
  ])('is stopped in %s', (_, body) => {
    const outcome = run(handler(body)) as { kind: string };

    expect(['crash', 'signal']).toContain(outcome.kind);
    expect(JSON.stringify(outcome)).toMatch(/longer than|timed out/);
  });

  it('is told where it failed', () => {
    const outcome = run(
      'export function request(ctx) {\n  return ctx.nothing.here;\n}\nexport function response() {}',
    );

    expect(outcome).toMatchObject({ kind: 'crash', stack: expect.stringContaining('test.js:2:') as string });
  });

  it('may not return more than 5 MB', () => {
    const context = { ...CONTEXT, arguments: { text: 'x'.repeat(3_000_000) } };

    const outcome = run(handler('return [ctx.args.text, ctx.args.text];'), session(), context);

    expect(outcome).toMatchObject({
      kind: 'crash',
      message: expect.stringContaining('larger than') as string,
    });
  });

  it('may not call a function with the wrong kind of argument', () => {
    expect(run(handler('return util.base64Encode({});'))).toMatchObject({
      kind: 'signal',
      signal: { kind: 'crash', message: 'util.base64Encode: the argument must be a string, not {}' },
    });
  });
});

describe('signals', () => {
  it('of util.error end the handler', () => {
    expect(run(handler("util.error('no', 'KIND', null, { field: 'x' }); return 1;"))).toMatchObject({
      signal: { kind: 'error', message: 'no', errorType: 'KIND', data: null, errorInfo: { field: 'x' } },
    });
  });

  it('of util.appendError do not', () => {
    const own = session();

    expect(run(handler("util.appendError('half'); return 1;"), own)).toMatchObject({ value: 1 });
    expect(own.done).toEqual([{ message: 'half', errorType: null, data: null, errorInfo: null }]);
  });

  it('of an early return carry the value', () => {
    expect(run(handler("runtime.earlyReturn({ a: 1 }, { skipTo: 'END' });"))).toMatchObject({
      signal: { kind: 'earlyReturn', value: { a: 1 }, skipTo: 'END' },
    });
    expect(run(handler("runtime.earlyReturn(1, { skipTo: 'LAST' });"))).toMatchObject({
      signal: { kind: 'crash' },
    });
  });

  it('of console reach the log', () => {
    const own = session();

    run(handler("console.error('bad', { a: 1 });"), own);

    expect(own.done).toEqual([['ERROR', 'bad', { a: 1 }]]);
  });
});

describe('util', () => {
  it.each([
    ["util.base64Encode('grüß')", Buffer.from('grüß').toString('base64')],
    ["util.base64Decode('aGk=')", 'hi'],
    ["util.urlEncode('a b&ü')", 'a+b%26%C3%BC'],
    ["util.urlDecode('a+b%26')", 'a b&'],
    ['util.escapeJavaScript(\'say "hi"\\n\')', 'say \\"hi\\"\\n'],
    ["util.matches('a*b', 'aaaaab')", true],
    ["util.matches('a*b', 'xaab')", false],
    ["util.str.normalize('e\\u0301', 'nfc')", 'é'],
    ['util.math.roundNum(2.5)', 3],
    ['util.authType()', 'IAM Authorization'],
    ['util.time.nowISO8601()', '2026-11-22T09:08:07.065Z'],
    ['util.time.nowEpochSeconds()', Math.floor(NOW_MS / 1000)],
    ["util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ')", '2026-11-22 09:08:07+0000'],
    ["util.time.nowFormatted('yyyy-MM-dd HH:mm:ssZ', 'Australia/Perth')", '2026-11-22 17:08:07+0800'],
    ['util.time.nowFormatted("EEE, d MMM yyyy \'at\' h:mm a")', 'Sun, 22 Nov 2026 at 9:08 AM'],
    [
      "util.time.parseFormattedToEpochMilliSeconds('2026-11-22 17:08:07', 'yyyy-MM-dd HH:mm:ss', 'Australia/Perth')",
      NOW_MS - 65,
    ],
    [
      "util.time.parseFormattedToEpochMilliSeconds('22.11.2026+0100', 'dd.MM.yyyyZ')",
      Date.UTC(2026, 10, 21, 23),
    ],
    ["util.time.parseISO8601ToEpochMilliSeconds('2026-11-22T09:08:07.065Z')", NOW_MS],
    ['util.time.epochMilliSecondsToISO8601(0)', '1970-01-01T00:00:00.000Z'],
  ])('%s', (expression, value) => {
    expect(evaluate(expression)).toBe(value);
  });

  it('makes identifiers of the right form', () => {
    const [id, ulid, ksuid] = evaluate('[util.autoId(), util.autoUlid(), util.autoKsuid()]') as string[];

    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ulid).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(ksuid).toMatch(/^[0-9A-Za-z]{27}$/);
  });
});
