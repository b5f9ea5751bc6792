import { describe, expect, it } from 'vitest';
import { chunkAll, parseBytes } from '../../../../../support/parse-sample.ts';

const titles = async (name: string, source: string): Promise<[number, string][]> =>
  ((await parseBytes(name, source)).sections[0]?.headings ?? []).map(({ level, title }) => [level, title]);

describe('source code', () => {
  it.each<[name: string, source: string, found: [number, string][]]>([
    [
      'a.ts',
      'const x = 1;\nexport class Tide<T> {\n  rise(by: number): void {\n    if (by) { function inner() {} }\n  }\n}\nexport const ebb = (n: number) => n - 1;\nlet y = 2;\n',
      [
        [1, 'class Tide<T>'],
        [2, 'rise(by: number): void'],
        [1, 'const ebb = (n: number)'],
      ],
    ],
    [
      'a.py',
      'import os\n\n@cached\ndef low():\n    return 1\n\nclass Tide:\n    def high(self, n):\n        return n\n',
      [
        [1, 'def low()'],
        [1, 'class Tide'],
        [2, 'def high(self, n)'],
      ],
    ],
    [
      'A.java',
      'class A { int f(int x) { return x; } A() {} }',
      [
        [1, 'class A'],
        [2, 'int f(int x)'],
        [2, 'A()'],
      ],
    ],
    [
      'a.go',
      'package a\n\ntype T struct{}\n\nfunc (t T) F() int { return 1 }\n',
      [
        [1, 'type T struct'],
        [1, 'func (t T) F() int'],
      ],
    ],
    [
      'a.rs',
      'struct S;\nimpl S { fn f(&self) -> u8 { 1 } }\n',
      [
        [1, 'struct S;'],
        [1, 'impl S'],
        [2, 'fn f(&self) -> u8'],
      ],
    ],
    [
      'a.cpp',
      'namespace n { int f(int x) { return x; } }\n',
      [
        [1, 'namespace n'],
        [2, 'int f(int x)'],
      ],
    ],
    [
      'a.php',
      '<?php\nclass A { function f($x) { return $x; } }\n',
      [
        [1, 'class A'],
        [2, 'function f($x)'],
      ],
    ],
    [
      'a.rb',
      'module M\n  class C\n    def f(x)\n    end\n  end\nend\n',
      [
        [1, 'module M'],
        [2, 'class C'],
        [3, 'def f(x)'],
      ],
    ],
    ['a.sql', 'CREATE TABLE boats (id int);\n', [[1, 'CREATE TABLE boats (id int);']]],
  ])('of %s is cut where its functions and classes begin', async (name, source, found) => {
    expect(await titles(name, source)).toEqual(found);
  });

  it('begins a chunk at a function with the comment above it, and names the class that it is in', async () => {
    const method = (index: number): string =>
      `  /** Says what number ${index} is for. */\n  method${index}() {\n${'    call(1, 2, 3);\n'.repeat(12)}  }\n`;
    const source = `class Harbour {\n${Array.from({ length: 6 }, (_, index) => method(index)).join('\n')}}\nrun();\n`;

    const { sections } = await parseBytes('a.js', source);
    const chunks = await chunkAll(sections, { maxTokens: 160, overlapTokens: 0 });

    const third = chunks.find(({ text }) => text.includes('method3()'));
    expect(third?.text.startsWith('/** Says what number 3 is for. */\n  method3() {')).toBe(true);
    expect(third?.headings).toEqual(['class Harbour']);
    expect(sections[0]?.text).toBe(source);
  });

  it('nested without end is read nevertheless', async () => {
    const { text } = await parseBytes('a.js', `f(${'('.repeat(50_000)}`);

    expect(text).toHaveLength(50_002);
  });
});
