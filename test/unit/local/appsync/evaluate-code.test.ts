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
      logs: ['INFO - got {"id":7}'],
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
    ['return ctx.none.x;', { errorType: 'Code', message: expect.stringContaining('my.js:4:') as string }],
    ['while (1) {}', { codeErrors: ['my.js:4:3 `while` is not supported: write `for (const x of list)`'] }],
  ])('reports %s', (body, error) => {
    expect(evaluateCode({ code: code(body), fileName: 'my.js', function: 'request' })).toMatchObject({
      error,
    });
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
