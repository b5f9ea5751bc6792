import type { Program } from 'acorn';
import { faultAt, isFunction, nameOf, nodesOf } from './syntax.ts';
import type { CodeFault, SyntaxNode } from './syntax.ts';

interface NamedFunction {
  node: SyntaxNode;
  calls: Set<string>;
}

function calledNames(root: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const { node } of nodesOf(root)) {
    const callee = node.type === 'CallExpression' ? (node.callee as SyntaxNode) : null;
    if (callee?.type === 'Identifier') names.add(nameOf(callee));
  }
  return names;
}

function namedFunctions(program: Program): Map<string, NamedFunction> {
  const found = new Map<string, NamedFunction>();
  for (const { node } of nodesOf(program as unknown as SyntaxNode)) {
    const isNamed =
      node.type === 'FunctionDeclaration' || (node.type === 'VariableDeclarator' && isFunction(node.init));
    const name = isNamed ? nameOf(node.id) : '';
    if (name !== '') found.set(name, { node, calls: calledNames(node) });
  }
  return found;
}

function reachesItself(functions: Map<string, NamedFunction>, start: string): boolean {
  const seen = new Set<string>();
  const pending = [...(functions.get(start)?.calls ?? [])];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === start) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    pending.push(...(functions.get(name)?.calls ?? []));
  }
  return false;
}

/** Lists the functions that call themselves, directly or through others. */
export function findRecursion(program: Program): CodeFault[] {
  const functions = namedFunctions(program);
  return [...functions].flatMap(([name, { node }]) =>
    reachesItself(functions, name)
      ? [faultAt(node, `recursion is not supported: \`${name}\` calls itself`)]
      : [],
  );
}
