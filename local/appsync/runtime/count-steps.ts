import type { Program } from 'acorn';
import { isFunction, nodesOf } from './syntax.ts';
import type { Insertion } from './source-places.ts';
import type { SyntaxNode } from './syntax.ts';

function around(body: SyntaxNode, call: string): Insertion[] {
  if (body.type === 'BlockStatement') return [{ at: body.start + 1, text: `${call};` }];
  const isExpression = !/Statement$|Declaration$/.test(body.type);
  const [open, close] = isExpression ? [`(${call},`, ')'] : [`{${call};`, '}'];
  return [
    { at: body.start, text: open },
    { at: body.end, text: close },
  ];
}

/** What grows a text or a list, or goes through one, without a call: the expression whose size counts, or null. */
function boundedPart(node: SyntaxNode, parent: SyntaxNode | null): SyntaxNode | null {
  switch (node.type) {
    case 'BinaryExpression':
      return node.operator === '+' ? node : null;
    case 'AssignmentExpression':
      if (node.operator === '+=') return node;
      return /Pattern$/.test((node.left as SyntaxNode).type) ? (node.right as SyntaxNode) : null;
    case 'TemplateLiteral':
      return parent?.type === 'TaggedTemplateExpression' ? null : node;
    case 'SpreadElement':
      return node.argument as SyntaxNode;
    case 'ForInStatement':
      return node.right as SyntaxNode;
    case 'VariableDeclarator':
      return /Pattern$/.test((node.id as SyntaxNode).type) ? (node.init as SyntaxNode | null) : null;
    default:
      return null;
  }
}

/**
 * Puts a call at the start of every loop body and every function, where alone code can spend time without end, and another
 * around what grows without a built-in. Returns these calls, in order; lines stay, columns behind a call move right.
 */
export function stepInsertions(program: Program, names: { step: string; bounded: string }): Insertion[] {
  const insertions: Insertion[] = [];
  for (const { node, parent } of nodesOf(program as unknown as SyntaxNode)) {
    const isLoop = node.type === 'ForOfStatement' || node.type === 'ForInStatement';
    if (isLoop || isFunction(node)) insertions.push(...around(node.body as SyntaxNode, `${names.step}()`));
    const part = boundedPart(node, parent);
    // Doubled, because a sequence in parentheses would become two arguments.
    if (part) insertions.push({ at: part.start, text: `${names.bounded}((` }, { at: part.end, text: '))' });
  }
  // Where several stand at one place, the outermost was found first: it opens first and closes last.
  const opening = insertions.filter(({ text }) => !/^[)}]+$/.test(text));
  const closing = insertions.filter(({ text }) => /^[)}]+$/.test(text)).reverse();
  // Sorting keeps the order of equals.
  return [...closing, ...opening].sort((a, b) => a.at - b.at);
}

/** Returns the code with ordered insertions in it. */
export function insertAll(code: string, insertions: readonly Insertion[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const { at, text } of insertions) {
    parts.push(code.slice(end, at), text);
    end = at;
  }
  return parts.join('') + code.slice(end);
}
