import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as engine from '../../engine/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));

describe('the repository', () => {
  it('has no broken relative link in its documents', () => {
    const broken = tracked
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => {
        const text = readFileSync(join(root, path), 'utf8').replace(/```[\s\S]*?```/g, '');
        const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!);
        return targets
          .filter((target) => !existsSync(join(root, dirname(path), target)))
          .map((target) => `${path}: ${target}`);
      });

    expect(broken).toEqual([]);
  });

  it('names every decision in their index', () => {
    const index = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
    const decisions = tracked
      .filter((path) => /^docs\/decisions\/(?!README).+\.md$/.test(path))
      .map((path) => path.slice('docs/decisions/'.length));

    expect(decisions.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  });

  it('keeps its own source files below 400 lines', () => {
    const long = tracked
      .filter((path) => /\.(ts|tsx|mjs)$/.test(path))
      .filter((path) => readFileSync(join(root, path), 'utf8').split('\n').length > 401);

    expect(long).toEqual([]);
  });

  it('exports from the engine what its users know', () => {
    expect(Object.keys(engine).sort()).toMatchSnapshot();
  });
});
