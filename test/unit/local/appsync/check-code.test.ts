import { describe, expect, it } from 'vitest';
import { compileCode } from '../../../../local/appsync/runtime/compile-code.ts';

const around = (body: string): string =>
  `import { util } from '@aws-appsync/utils';\nexport function request(ctx) {\n  ${body}\n}\nexport function response(ctx) { return ctx.result; }\n`;

describe('code that the service refuses', () => {
  it.each([
    ['async', 'const f = async () => 1;', '`async` is not supported'],
    ['classes', 'class A {}', '`class` is not supported'],
    ['try', 'try { ctx.a() } catch (e) { }', '`try` is not supported'],
    ['throw', "throw 'x';", '`throw` is not supported: call `util.error`'],
    ['for', 'for (let i = 0; i < 3; i += 1) { }', '`for (;;)` is not supported'],
    ['while', 'while (ctx.a) { }', '`while` is not supported'],
    ['do', 'do { } while (ctx.a)', '`do while` is not supported'],
    ['continue', 'for (const a of [1]) { continue; }', '`continue` is not supported'],
    ['labels', 'out: for (const a of [1]) { break out; }', 'labels are not supported'],
    ['generators', 'function* g() { yield 1; }', 'generators are not supported'],
    ['this', 'return this;', '`this` is not supported'],
    ['++', 'let a = 1; a++;', '`++` and `--` are not supported'],
    ['~', 'return ~1;', '`~` is not supported'],
    ['in', "return 'a' in ctx;", '`in` is not supported: call `Object.hasOwn`'],
    ['instanceof', 'return ctx instanceof Object;', '`instanceof` is not supported'],
    ['regular expressions', 'return /a/;', 'regular expression literals are not supported'],
    ['new', 'return new Map();', '`new` is not supported'],
    [
      'recursion',
      'const f = (n) => g(n); const g = (n) => f(n); return f(1);',
      'recursion is not supported: `f`',
    ],
    ['Date', 'return Date.now();', '`Date` does not exist in APPSYNC_JS: call `util.time`'],
    ['sort with a comparison', 'return [1].sort((a, b) => a - b);', '`sort` with a comparison'],
    ['a new context', 'ctx = {};', '`ctx` is read-only'],
    ['new arguments', 'ctx.args = {};', '`ctx` is read-only'],
    ['BigInt', 'return 1n;', 'BigInt literals are not supported'],
    [
      'a function passed on',
      'const f = () => 1; const g = (h) => 1; return g(f);',
      'a function cannot be passed',
    ],
    [
      'a function under a second name',
      'const f = () => 1; const g = f; return g();',
      'cannot get a second name',
    ],
    ['a function assigned', 'const f = () => 1; let g = 1; g = f; return 1;', 'a function cannot be stored'],
    ['a function returned', 'return () => 1;', 'a function cannot be returned'],
    [
      'a function that gives a function',
      'const f = () => () => 1; return 1;',
      'a function cannot be returned',
    ],
    ['a function in an object', 'return { f: () => 1 };', 'a function cannot be stored'],
    ['a method', 'return { f() { return 1; } };', 'a function cannot be stored'],
    ['what Object does not have', 'return Object.freeze({});', '`Object.freeze` is not supported'],
    ['what Array does not have', 'return Array.from([1]);', '`Array.from` is not supported'],
    ['what text cannot do', "return 'a'.padStart(3);", '`padStart` is not supported: add the text'],
    ['broken syntax', 'return {;', 'Unexpected token'],
  ])('%s', (_, body, message) => {
    expect(() => compileCode('f.js', around(body))).toThrow(message);
  });

  it('is named with its line and column, every fault at once', () => {
    expect(() => compileCode('Query.x.js', around('let a = 1; a++;\n  while (a) { }'))).toThrow(
      /^Query\.x\.js:3:14 `\+\+`.*\nQuery\.x\.js:4:3 `while`/,
    );
  });

  it.each([
    ['another module', "import fs from 'node:fs';", "cannot import 'node:fs'"],
    ['a name that does not exist', "import { utils } from '@aws-appsync/utils';", "does not export 'utils'"],
    ['no response', '', "does not export 'response'"],
  ])('%s', (_, head, message) => {
    const response = head === '' ? '' : 'export function response() {}';

    expect(() => compileCode('f.js', `${head} export function request() {} ${response}`)).toThrow(message);
  });

  it('of more than 32,768 characters', () => {
    expect(() => compileCode('f.js', around(`return '${'x'.repeat(32_768)}';`))).toThrow(
      'the limit is 32768',
    );
  });
});

describe('code that the service takes', () => {
  it.each([
    [
      'loops over lists and keys',
      'for (const a of [1]) { if (a) { break; } } for (const k in ctx.args) { ctx.stash[k] = 1; }',
    ],
    [
      'names of its own that mean something elsewhere',
      'const process = 1; const { Error } = ctx.args; return process + Error;',
    ],
    ['keys and properties with such names', 'return { Date: ctx.args.Date, process: 1 };'],
    ['a value with the name of a handler', 'const { request } = ctx; return { request, response: request };'],
    ['a named function as a callback', 'const f = (n) => n + 1; return [1].map(f);'],
    ['functions that are called', 'const f = (n) => n; return { a: f(1), b: [f(2)] };'],
    ['template strings, spread and optional chaining', 'return { ...ctx.args, a: `${ctx.args?.id ?? 0}` };'],
  ])('%s', (_, body) => {
    expect(() => compileCode('f.js', around(body))).not.toThrow();
  });

  it('exports in the way of bundlers', () => {
    const code =
      "import { util as u } from '@aws-appsync/utils';\nvar r = () => u.autoId();\nvar s = (ctx) => ctx.result;\nexport {\n  r as request,\n  s as response\n};\n";

    expect([...compileCode('f.js', code).handlers]).toEqual(['request', 'response']);
  });
});
