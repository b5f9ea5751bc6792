import { describe, expect, it } from 'vitest';
import { evaluateCode } from '../../../../local/appsync/evaluate-code.ts';

const code = (body: string): string => `
import { util, runtime, extensions } from '@aws-appsync/utils';
export function request(ctx) {
  ${body}
}
export function response(ctx) { return ctx.result; }`;

describe('evaluating one handler', () => {
  it('answers its value, stash, logs and appended errors', () => {
    const body =
      "ctx.stash.a = 1; console.log('got', ctx.args); util.appendError('half'); return ctx.args.id;";

    expect(
      evaluateCode({ code: code(body), function: 'request', context: { arguments: { id: 7 } } }),
    ).toEqual({
      evaluationResult: 7,
      stash: { a: 1 },
      logs: ['INFO - code.js:4:20: "got" {"id":7}'],
      outErrors: [{ message: 'half', errorType: null, data: null, errorInfo: null }],
      error: null,
      skipTo: null,
      extensions: {
        responseHeaders: {},
        subscriptionFilter: null,
        invalidationFilter: null,
        invalidations: [],
      },
    });
  });

  it('takes a result and an error of the data source', () => {
    expect(evaluateCode({ code: code(''), function: 'response', context: { result: [1] } })).toMatchObject({
      evaluationResult: [1],
    });
  });

  it.each([
    [
      "util.error('no', 'KIND', { a: 1 }, { b: 2 });",
      { message: 'no', errorType: 'KIND', data: { a: 1 }, errorInfo: { b: 2 } },
    ],
    ['util.unauthorized();', { errorType: 'Unauthorized' }],
    [
      'return ctx.none.x;',
      {
        errorType: 'Code',
        message: "my.js:4:19: TypeError: Cannot read properties of undefined (reading 'x')",
      },
    ],
    [
      "const a = [1, 2].map((n) => n + 1) + '';\n  nobody(a);",
      { errorType: 'Code', message: 'my.js:5:3: ReferenceError: nobody is not defined' },
    ],
    [
      'return util.base64Encode(ctx.args);',
      {
        errorType: 'Code',
        message: 'my.js:4:15: Error: util.base64Encode: the argument must be a string, not {}',
      },
    ],
    ['util.error(404, 500);', { errorType: '500', message: '404' }],
    [
      'while (1) {}',
      {
        message: 'The code contains one or more errors.',
        codeErrors: [
          {
            errorType: 'LINT_ERROR',
            value: 'my.js(4,3): error @aws-appsync/no-while: While statements are not supported.\n',
            location: { line: 4, column: 3, span: 12 },
          },
        ],
      },
    ],
    [
      'return (;',
      {
        codeErrors: [
          {
            errorType: 'PARSE_ERROR',
            value: 'my.js(4,11): error TS1109: Expression expected.\n',
            location: { line: 4, column: 11, span: 1 },
          },
        ],
      },
    ],
  ])('reports %s', (body, error) => {
    expect(evaluateCode({ code: code(body), fileName: 'my.js', function: 'request' })).toMatchObject({
      error,
    });
  });

  it.each([
    ['const a = () => { for (let i = 0; i < 3;) {} };', 'no-for: For statements are not supported.'],
    ['do {} while (true);', 'no-while: do...while statements are not supported.'],
    ['try {} catch (e) {}', 'no-try: Try statements are not supported.'],
    ['throw 1;', 'no-throw: Throw statements are not supported.'],
    ['class A {}', 'no-classes: Class declarations are not supported.'],
    ['for (const a of []) { continue; }', 'no-continue: Continue statements are not supported'],
    ['a: for (const b of []) {}', 'no-labels: Labeled statements are not supported.'],
    ['return this;', 'no-this: This expressions are not supported.'],
    ["return 'a'.replace(/a/, '');", 'no-regex: Regex literals are not supported.'],
    ["return 'a' in ctx;", 'no-in-operator: in operator is not supported. Use Object.hasOwn().'],
    [
      'return ctx instanceof ctx.a;',
      'no-disallowed-binary-operators: The operator instanceof is not supported',
    ],
    ['let a = 1; a--;', 'no-disallowed-unary-operators: The operator -- is not supported'],
    ['return ~1;', 'no-disallowed-unary-operators: The operator ~ is not supported'],
    ['async function a() {}', 'no-async: Async functions are not supported.'],
    ['function* a() {}', 'no-generators: Generator functions are not supported.'],
    [
      'const a = () => 1; const b = a; return b;',
      'no-function-reassign: re-assigning function is not allowed',
    ],
    ['const a = () => 1; return a;', 'no-function-return: returning a function is not allowed'],
    [
      'const a = (f) => f; return a(() => 1);',
      'no-function-passing: Functions can not be passed as an argument',
    ],
    [
      'const a = () => a(); a();',
      'no-recursion: Recursive function calls not supported. Detected cycle in a',
    ],
    ['return Promise.resolve(1);', 'no-promise: Promise is not supported'],
    ['ctx = 1;', 'no-disallowed-re-assignment: ctx is readonly and re-assignment is not supported.'],
    ['ctx.args = 1;', 'no-disallowed-re-assignment: ctx is readonly. Adding/Updating args is not supported.'],
    [
      'return Object.create({});',
      'no-disallowed-methods: Method ObjectConstructor.create is not implemented',
    ],
    ["return 'a'.padStart(3);", 'no-disallowed-methods: Method String.padStart is not implemented'],
    ['return [1].copyWithin(0);', 'no-disallowed-methods: Method Array.copyWithin is not implemented'],
  ])('words %s as the service does', (body, words) => {
    const { error } = evaluateCode({ code: code(body), function: 'request' });

    expect(error?.codeErrors?.[0]?.value).toMatch(/^code\.js\(4,\d+\): error @aws-appsync\//);
    expect(error?.codeErrors?.[0]?.value).toContain(`@aws-appsync/${words}\n`);
  });

  it('names the place of a log as the service does', () => {
    const lines = [
      "import { util } from '@aws-appsync/utils';",
      '',
      'export function request(ctx) {',
      '  return {};',
      '}',
      'export function response(ctx) {',
      "  if (ctx.result.items.every((item) => item.a + item.b > 0) && ctx.identity.username === 'Nadia') {",
      '    console.log("This request is allowed")',
      '    return ctx.result;',
      '  }',
      '  util.unauthorized();',
      '}',
    ];
    const context = { identity: { username: 'Nadia' }, result: { items: [{ a: 1, b: 2 }] } };

    expect(evaluateCode({ code: lines.join('\n'), function: 'response', context })).toMatchObject({
      evaluationResult: context.result,
      logs: ['INFO - code.js:8:5: "This request is allowed"'],
    });
  });

  it.each([
    [null, 'API Key Authorization'],
    [{ sub: 's', issuer: 'i', username: 'u', claims: {}, groups: null }, 'User Pool Authorization'],
    [{ sub: 's', issuer: 'i', claims: {} }, 'Open ID Connect Authorization'],
    [{ accountId: '1', userArn: 'arn', username: 'u' }, 'IAM Authorization'],
    [{ resolverContext: { a: '1' } }, 'Lambda Authorization'],
  ])('reads the mode off the identity %j', (identity, authType) => {
    const request = { code: code('return util.authType();'), function: 'request' as const };

    expect(evaluateCode({ ...request, context: { identity } }).evaluationResult).toBe(authType);
  });

  it('tells where an early return goes, and what extensions did', () => {
    const body = "util.http.addResponseHeader('a', 1); runtime.earlyReturn({ x: 1 }, { skipTo: 'END' });";

    expect(evaluateCode({ code: code(body), function: 'request' })).toMatchObject({
      evaluationResult: { x: 1 },
      skipTo: 'END',
      extensions: { responseHeaders: { a: '1' } },
    });
  });

  it('keeps all response headers together below 4 KB', () => {
    const body =
      "util.http.addResponseHeader('a', ctx.args.x); util.http.addResponseHeader('b', ctx.args.x);";
    const context = { arguments: { x: 'x'.repeat(2100) } };

    expect(evaluateCode({ code: code(body), function: 'request', context }).error?.message).toContain(
      'the limit is 4096',
    );
  });
});
