import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleResolvers, listResolvers } from '../../scripts/bundle-resolvers.ts';
import { checkBundleTypes } from '../../scripts/resolver-gate/check-bundle-types.ts';
import { checkResolver, MAX_CODE_CHARACTERS } from '../../scripts/resolver-gate/check-resolver.ts';

const handlers =
  'export function request(ctx) { return run(ctx); }\nexport function response(ctx) { return ctx.result; }\n';

/** Returns the findings in the body of one function of an otherwise fine resolver. */
function check(body: string) {
  return checkResolver(
    `import { util } from '@aws-appsync/utils';\n${handlers}function run(ctx) {\n${body}\n}`,
  );
}

describe('the gate for APPSYNC_JS', () => {
  it.each([
    ['const wait = async () => 1; return 1;', 'no async', 'synchronous'],
    ['class A {} return 1;', 'no classes', 'functions'],
    ['return new Date();', 'no new', 'util.time'],
    ['return this;', 'no this', 'parameter'],
    ['try { return 1; } catch { return 2; }', 'no try', 'ctx.error'],
    ['throw "x";', 'no throw', 'util.error'],
    ['for (let i = 0; i < 3; i += 1) {} return 1;', 'no for(;;)', 'for...of'],
    ['while (true) {}', 'no while', 'for...of'],
    ['do {} while (false); return 1;', 'no do-while', 'for...of'],
    ['for (const x of [1]) { if (x) continue; } return 1;', 'no continue', 'if'],
    ['outer: for (const x of [1]) { break outer; }', 'no labels', 'function'],
    ['const g = function* () { yield 1; }; return 1;', 'no generators', 'array'],
    ['let x = 1; x++; return x;', 'no ++', '+= 1'],
    ['let x = 1; --x; return x;', 'no --', '-= 1'],
    ['return ~1;', 'no ~', '-1'],
    ['return "a" in ctx;', 'no in operator', 'Object.hasOwn'],
    ['return ctx instanceof Object;', 'no instanceof', 'typeof'],
    ['return 2 ** 3;', 'no **', 'multiplication'],
    ['let x = null; x ??= 1; return x;', 'no logical assignment', '??'],
    ['return /a/;', 'no regular expressions', 'util.matches'],
    ['return 1n;', 'no BigInt', 'number'],
    ['return run(ctx);', 'no recursion', 'loop'],
    ['const f = () => 1; return [f];', 'no functions as values', 'callback'],
    ['return () => 1;', 'no functions as values', 'callback'],
    ['return { f() { return 1; } };', 'no methods', 'function'],
    ['return util.matches(() => 1);', 'no functions as values', 'callback'],
    ['ctx = {}; return 1;', 'no assignment', 'ctx.stash'],
    ['return fetch("https://x");', 'no fetch', 'HTTP data source'],
    ['return require("fs");', 'no require', 'import'],
    ['return eval("1");', 'no eval', 'code'],
    ['return process.env.A;', 'no process', 'ctx.env'],
    ['return Date.now();', 'no Date', 'util.time'],
    ['return Promise.resolve(1);', 'no Promise', 'pipeline'],
    ['return Symbol("a");', 'no Symbol', 'string'],
    ['return Array.from([1]);', 'no Array.from()', 'documented'],
    ['return Object.fromEntries([]);', 'no Object.fromEntries()', 'loop'],
    ['return [2, 1].sort((a, b) => a - b);', 'no sort with arguments', 'sort()'],
    ['return Math.abs(-1);', 'no Math.abs()', 'Math.max'],
    ['return "a".padStart(3);', 'no .padStart()', 'slice'],
    ['return [1].includes(1);', 'no .includes()', 'indexOf'],
    ['return ctx["x" + 1]();', 'no calls of computed names', 'switch'],
    ['return import("x");', 'no dynamic import', 'import'],
    ['return util.str.normalize`a`;', 'no tagged templates', 'call'],
  ])('refuses %j and says what to write instead', (body, rule, advice) => {
    const finding = check(body).find((candidate) => candidate.rule.startsWith(rule));

    expect(finding).toBeDefined();
    expect(finding!.advice).toContain(advice);
    expect(finding!.line).toBeGreaterThanOrEqual(3);
  });

  it('allows what the runtime documents', () => {
    const body = `
      const { a, ...rest } = ctx.args;
      const names = Object.keys(rest).filter((name) => name !== 'x').map((name) => \`\${name}!\`).sort();
      for (const name of names) { if (name === 'stop') break; ctx.stash[name] = a?.b ?? null; }
      switch (typeof a) { case 'string': return util.matches('^a+$', a); default: return [...names, Math.max(1, 2)]; }`;

    expect(check(body)).toEqual([]);
  });

  it('allows a named callback, and the tag of the module for RDS', () => {
    const code = `import { sql, createPgStatement } from '@aws-appsync/utils/rds';\n${handlers}
      const double = (n) => n * 2;
      function run(ctx) { return createPgStatement(sql\`select \${ctx.args.list.map(double)}\`); }`;

    expect(checkResolver(code)).toEqual([]);
  });

  it('refuses a resolver without handlers, with foreign imports, or that is too long', () => {
    const rules = (code: string) => checkResolver(code).map(({ rule }) => rule);

    expect(rules('export function request() { return {}; }')).toEqual(['no response handler']);
    expect(rules(`import x from 'lodash';\n${handlers}function run() {}`)).toEqual(['no import of lodash']);
    expect(rules(`${handlers}function run() {}\n//${'x'.repeat(MAX_CODE_CHARACTERS)}`)[0]).toMatch(
      /at most 32768/,
    );
  });

  it('refuses recursion through several functions', () => {
    const code = `${handlers}function run(x) { return second(x); }\nfunction second(x) { return run(x); }`;

    expect(checkResolver(code).map(({ rule, line }) => [rule, line])).toEqual([
      ['no recursion', 2],
      ['no recursion', 3],
    ]);
  });
});

describe('the type check of bundles', () => {
  it('names the place of a call that the runtime`s own library does not take', () => {
    const folder = mkdtempSync(join(fileURLToPath(new URL('../../build', import.meta.url)), 'types-'));
    const path = join(folder, 'Query.broken.js');
    writeFileSync(
      path,
      "import { util } from '@aws-appsync/utils';\nexport const request = () => util.time.now();\nexport const response = () => util.matches('a');\n",
    );

    const faults = checkBundleTypes([path]);
    rmSync(folder, { recursive: true });

    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/Query\.broken\.js:2:\d+: Property 'now' does not exist/);
    expect(faults[1]).toMatch(/Query\.broken\.js:3:\d+: Expected 2 arguments/);
  });
});

describe('bundling', () => {
  const folder = mkdtempSync(join(tmpdir(), 'resolver-gate-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('names file and line of the source, also of a shared one', async () => {
    writeFileSync(
      join(folder, 'shared.ts'),
      'export const parse = (text: string): unknown => {\n  return text.match("x");\n};\n',
    );
    const path = join(folder, 'Query.broken.ts');
    writeFileSync(
      path,
      "import { parse } from './shared.ts';\nexport function request(ctx: any) {\n\n  throw parse(ctx);\n}\nexport const response = () => null;\n",
    );

    const bundling = bundleResolvers([{ name: 'Query.broken', path }]);

    await expect(bundling).rejects.toThrow(/Query\.broken\.ts:4:3: no throw\. Write util\.error/);
    await expect(bundling).rejects.toThrow(/shared\.ts:2:10: no \.match\(\)/);
  });
});

describe('the bundles of the project', () => {
  let bundles: Awaited<ReturnType<typeof bundleResolvers>>;
  beforeAll(async () => {
    bundles = await bundleResolvers(listResolvers());
  });

  it('pass the gate and stay below half of what AppSync takes', () => {
    expect(bundles.length).toBeGreaterThan(40);
    for (const { code } of bundles) expect(code.length).toBeLessThan(MAX_CODE_CHARACTERS / 2);
  });

  it('are the same bytes each time', async () => {
    expect(await bundleResolvers(listResolvers())).toEqual(bundles);
  });
});
