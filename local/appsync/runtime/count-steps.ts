import type { Program } from 'acorn';
import { isFunction, nodesOf } from './syntax.ts';
import type { SyntaxNode } from './syntax.ts';

interface Insertion {
  at: number;
  text: string;
}

function around(body: SyntaxNode, call: string): Insertion[] {
  if (body.type === 'BlockStatement') return [{ at: body.start + 1, text: `${call};` }];
  const isExpression = !/Statement$|Declaration$/.test(body.type);
  const [open, close] = isExpression ? [`(${call},`, ')'] : [`{${call};`, '}'];
  return [
    { at: body.start, text: open },
    { at: body.end, text: close },
  ];
}

/**
 * Puts a call at the start of every loop body and every function, where alone code can spend time without end. Lines
 * stay; columns behind a call move right.
 */
export function countSteps(code: string, program: Program, name: string): string {
  const insertions: Insertion[] = [];
  for (const { node } of nodesOf(program as unknown as SyntaxNode)) {
    const isLoop = node.type === 'ForOfStatement' || node.type === 'ForInStatement';
    if (isLoop || isFunction(node)) insertions.push(...around(node.body as SyntaxNode, `${name}()`));
  }
  // Where several stand at one place, the outermost was found first: it opens first and closes last.
  const opening = insertions.filter(({ text }) => !/^[)}]$/.test(text));
  const closing = insertions.filter(({ text }) => /^[)}]$/.test(text)).reverse();
  const parts: string[] = [];
  let end = 0;
  const ordered = [...closing, ...opening].map((insertion, i) => ({ ...insertion, i }));
  for (const { at, text } of ordered.sort((a, b) => a.at - b.at || a.i - b.i)) {
    parts.push(code.slice(end, at), text);
    end = at;
  }
  return parts.join('') + code.slice(end);
}
