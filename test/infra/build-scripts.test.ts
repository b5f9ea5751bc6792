import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { bundleFunctions, listFunctions } from '../../scripts/bundle-functions.ts';
import { joinSchema, readSchemaSources } from '../../scripts/join-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-scripts-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

describe('joinSchema', () => {
  const joinTexts = (...sdl: string[]): string =>
    joinSchema(sdl.map((text, index) => ({ name: `${index}.graphql`, sdl: text })));

  it('moves extensions into their types, also when the type comes later', () => {
    const joined = joinTexts(
      'extend type Query { "b" b: Int @aws_lambda }',
      '"All" type Query\nextend type Query { a(x: Int): Int }',
    );

    expect(joined).toBe('"All"\ntype Query {\n  "b"\n  b: Int @aws_lambda\n  a(x: Int): Int\n}\n');
  });

  it('leaves out what AppSync defines by itself', () => {
    const joined = joinTexts(
      'scalar AWSJSON',
      'directive @aws_lambda on OBJECT',
      'scalar Mine',
      'type Query { a: AWSJSON }',
    );

    expect(joined).toBe('scalar Mine\n\ntype Query {\n  a: AWSJSON\n}\n');
  });

  it('names the file of a mistake, and the type that an extension misses', () => {
    expect(() => joinTexts('type Query { a: Int }', 'type {')).toThrow(/schema\/1\.graphql: Syntax Error/);
    expect(() => joinTexts('extend type Nothing { a: Int }')).toThrow(
      /extends Nothing, which no file defines/,
    );
  });

  it('keeps every description of the project', () => {
    const joined = joinSchema(readSchemaSources());

    expect(joined).toMatch(/"[^"]+"\n {2}createDatabase\(/);
    expect(joined).not.toMatch(/^extend /m);
  });
});

describe('bundleFunctions', () => {
  it('makes modules that run without any package installed', async () => {
    const name = listFunctions().find((candidate) => candidate === 'databases')!;

    await bundleFunctions([name], folder);

    const path = join(folder, name, 'index.mjs');
    const code = readFileSync(path, 'utf8');
    const imported = [...code.matchAll(/^import .* from ["']([^"']+)["'];?$/gm)].map(([, from]) => from!);
    expect(imported.filter((from) => !isBuiltin(from))).toEqual([]);
    vi.stubEnv('DATABASES_TABLE', 'table');
    vi.stubEnv('MAINTENANCE_QUEUE_URL', 'http://127.0.0.1/queue');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    const module = (await import(pathToFileURL(path).href)) as {
      handler: (event: unknown) => Promise<unknown>;
    };
    expect(
      await module.handler({ operation: 'nothing', arguments: {}, caller: { id: 'x', databaseIds: null } }),
    ).toMatchObject({ error: { kind: 'INTERNAL' } });
  });
});
