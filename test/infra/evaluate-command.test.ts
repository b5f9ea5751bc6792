import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'evaluate-'));
const command = fileURLToPath(new URL('../../scripts/evaluate.ts', import.meta.url));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function evaluate(...args: string[]): { status: number | null; answer: unknown; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  return { status, answer: stdout === '' ? null : JSON.parse(stdout), stderr };
}

describe('npm run evaluate', () => {
  it('evaluates a resolver in TypeScript on a context', () => {
    const code = write(
      'Query.add.ts',
      `import type { Context } from '@aws-appsync/utils';
       export function request(ctx: Context): unknown { console.log('adding'); return { payload: ctx.args.a + ctx.args.b }; }
       export function response(ctx: Context): unknown { return ctx.result; }`,
    );
    const context = write('context.json', '{ "arguments": { "a": 1, "b": 2 } }');

    expect(evaluate('--code', code, '--function', 'request', '--context', context)).toMatchObject({
      status: 0,
      answer: {
        evaluationResult: { payload: 3 },
        logs: [expect.stringMatching(/^INFO - Query.add\.ts:\d+:\d+: "adding"$/) as string],
        error: null,
      },
    });
  });

  it('ends with 1 and the place of what the service refuses', () => {
    const code = write(
      'a.js',
      'export function request() {\n  while (true) {}\n}\nexport function response() {}',
    );

    expect(evaluate('--code', code, '--function', 'request')).toMatchObject({
      status: 1,
      answer: {
        error: { codeErrors: [{ errorType: 'LINT_ERROR', location: { line: 2, column: 3, span: 15 } }] },
      },
    });
  });

  it('ends with 2 and the usage when it cannot tell what to do', () => {
    const { status, stderr } = evaluate('--code', 'x.js', '--function', 'before');

    expect(status).toBe(2);
    expect(stderr).toContain("--function must be one of request, response, not 'before'");
    expect(stderr).toContain('--context');
  });
});
