import type { Node } from 'acorn';

/** A syntax node with its children still untyped. */
export type SyntaxNode = Node & Record<string, unknown>;

/** One construct that the service would refuse. */
export interface CodeFault {
  line: number;
  column: number;
  /** Characters that it takes. */
  span: number;
  message: string;
  /** The code cannot be read at all. */
  isSyntax?: boolean;
}

/** Returns the child nodes of a syntax node, in source order. */
function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (item !== null && typeof item === 'object' && 'type' in item && 'start' in item) {
        children.push(item as SyntaxNode);
      }
    }
  }
  return children;
}

/** Yields every node below and including `root`, each with its parent. */
export function* nodesOf(root: SyntaxNode): Generator<{ node: SyntaxNode; parent: SyntaxNode | null }> {
  const pending: { node: SyntaxNode; parent: SyntaxNode | null }[] = [{ node: root, parent: null }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    yield visit;
    const parent = visit.node;
    pending.push(...childrenOf(parent).map((node) => ({ node, parent })));
  }
}

/** Returns a fault at the start of a node. */
export function faultAt(node: SyntaxNode, message: string): CodeFault {
  const start = node.loc?.start;
  const span = node.end - node.start;
  return { line: start?.line ?? 1, column: (start?.column ?? 0) + 1, span, message };
}

/** Returns the name of an identifier, or the text of a string that stands for one. */
export function nameOf(node: unknown): string {
  const { name, value } = (node ?? {}) as { name?: string; value?: string };
  return name ?? value ?? '';
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Tells whether a node is a function of any spelling. */
export function isFunction(node: unknown): node is SyntaxNode {
  return FUNCTIONS.has((node as { type?: string } | null | undefined)?.type ?? '');
}

/** Tells whether an identifier reads a variable: not a property, a key or an imported name. */
export function isReference(node: SyntaxNode, parent: SyntaxNode | null): boolean {
  if (node.type !== 'Identifier' || /^(Import|Export)/.test(parent?.type ?? '')) return false;
  if (parent?.type === 'MemberExpression') return parent.object === node || parent.computed === true;
  if (parent?.type === 'Property') return parent.value === node || parent.computed === true;
  return true;
}
