import { isFunction, isReference, nameOf, nodesOf } from './syntax.ts';
import type { SyntaxNode } from './syntax.ts';

/** Methods that take a function: the only places where one may stand as a value. */
const CALLBACK_METHODS = new Set(
  `forEach map flatMap filter reduce reduceRight find findIndex findLast findLastIndex some every`.split(' '),
);

/** Members of built-in objects and their values that the service refuses when code is deployed. */
const REFUSED_STATICS: Record<string, ReadonlySet<string>> = {
  Object: new Set(
    `create defineProperties defineProperty freeze fromEntries getOwnPropertyDescriptor getOwnPropertyDescriptors
     getOwnPropertyNames getOwnPropertySymbols getPrototypeOf groupBy is isExtensible isFrozen isSealed preventExtensions seal
     setPrototypeOf`.split(/\s+/),
  ),
  Array: new Set(['from', 'fromAsync', 'of']),
  String: new Set(['fromCharCode', 'fromCodePoint']),
};

const REFUSED_METHODS: Record<string, string | undefined> = {
  charCodeAt: 'compare characters',
  codePointAt: 'compare characters',
  copyWithin: 'make a new list',
  localeCompare: 'compare with `<`',
  match: 'call `util.matches`',
  matchAll: 'call `util.matches`',
  padEnd: 'add the text and `slice`',
  padStart: 'add the text and `slice`',
  repeat: 'write the text out',
  search: 'call `util.matches` or `indexOf`',
  toLocaleLowerCase: 'call `toLowerCase`',
  toLocaleUpperCase: 'call `toUpperCase`',
  toReversed: 'call `reverse` on a copy',
  toSorted: 'call `sort` on a copy',
  toSpliced: 'call `splice` on a copy',
};

function namesIn(pattern: SyntaxNode): string[] {
  return [...nodesOf(pattern)].flatMap(({ node }) => (node.type === 'Identifier' ? [nameOf(node)] : []));
}

/** Names that stand for one function and nothing else. */
export function functionNamesOf(program: SyntaxNode): Set<string> {
  const functions = new Set<string>();
  const others = new Set<string>();
  for (const { node } of nodesOf(program)) {
    if (node.type === 'FunctionDeclaration') functions.add(nameOf(node.id));
    if (node.type === 'VariableDeclarator') {
      for (const name of namesIn(node.id as SyntaxNode))
        (isFunction(node.init) ? functions : others).add(name);
    }
    for (const parameter of isFunction(node) ? (node.params as SyntaxNode[]) : []) {
      for (const name of namesIn(parameter)) others.add(name);
    }
  }
  return new Set([...functions].filter((name) => !others.has(name)));
}

function isCallback(value: SyntaxNode, call: SyntaxNode): boolean {
  const callee = call.callee as SyntaxNode;
  if (callee === value) return true;
  return callee.type === 'MemberExpression' && CALLBACK_METHODS.has(nameOf(callee.property));
}

/** Functions may be declared, called, and given to the methods of lists: they are no values beside that. */
export function functionValueFault(
  node: SyntaxNode,
  parent: SyntaxNode | null,
  functions: ReadonlySet<string>,
): string | null {
  const isExpression = isFunction(node) && node.type !== 'FunctionDeclaration';
  const isName = node.type === 'Identifier' && functions.has(nameOf(node)) && isReference(node, parent);
  if (!parent || (!isExpression && !isName)) return null;
  switch (parent.type) {
    case 'CallExpression':
      return isCallback(node, parent)
        ? null
        : 'a function cannot be passed: only methods of lists take a callback';
    case 'VariableDeclarator':
      return isExpression || parent.init !== node
        ? null
        : 'a function cannot get a second name: call it by its own';
    case 'ArrowFunctionExpression':
    case 'ReturnStatement':
      return 'a function cannot be returned: return what it gives';
    case 'AssignmentExpression':
    case 'ArrayExpression':
    case 'Property':
      return 'a function cannot be stored: declare it and call it by its name';
    default:
      return null;
  }
}

/** Calls of built-ins that the runtime does not have. */
export function methodFault(node: SyntaxNode, declared: ReadonlySet<string>): string | null {
  if (node.type !== 'CallExpression') return null;
  const callee = node.callee as SyntaxNode;
  if (callee.type !== 'MemberExpression' || callee.computed === true) return null;
  const owner = callee.object as SyntaxNode;
  const name = nameOf(callee.property);
  const statics =
    owner.type === 'Identifier' && !declared.has(nameOf(owner)) ? REFUSED_STATICS[nameOf(owner)] : undefined;
  if (statics?.has(name)) return `\`${nameOf(owner)}.${name}\` is not supported`;
  const instead = Object.hasOwn(REFUSED_METHODS, name) ? REFUSED_METHODS[name] : undefined;
  return instead === undefined ? null : `\`${name}\` is not supported: ${instead}`;
}
