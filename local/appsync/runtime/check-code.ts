import { parse } from 'acorn';
import type { Program } from 'acorn';
import { limits } from '../limits.ts';
import { findRecursion } from './find-recursion.ts';
import { functionNamesOf, functionValueFault, methodFault } from './check-functions.ts';
import { faultAt, isFunction, isReference, nameOf, nodesOf } from './syntax.ts';
import type { CodeFault, SyntaxNode } from './syntax.ts';

const REFUSED: Record<string, string> = {
  AwaitExpression: '`await` is not supported: handlers are synchronous',
  ClassDeclaration: '`class` is not supported: write functions and plain objects',
  ClassExpression: '`class` is not supported: write functions and plain objects',
  ContinueStatement: '`continue` is not supported: wrap the rest of the body in an `if`',
  DoWhileStatement: '`do while` is not supported: write `for (const x of list)`',
  ForStatement: '`for (;;)` is not supported: write `for (const x of list)`',
  LabeledStatement: 'labels are not supported',
  MetaProperty: '`import.meta` and `new.target` are not supported',
  NewExpression: '`new` is not supported: write a literal, or use `util`',
  ThisExpression: '`this` is not supported',
  ThrowStatement: '`throw` is not supported: call `util.error`',
  TryStatement: '`try` is not supported: a data source failure arrives as `ctx.error`',
  UpdateExpression: '`++` and `--` are not supported: write `+= 1` or `-= 1`',
  WhileStatement: '`while` is not supported: write `for (const x of list)`',
  WithStatement: '`with` is not supported',
  YieldExpression: '`yield` is not supported',
  ImportExpression: '`import()` is not supported: bundle the module',
  ExportDefaultDeclaration: '`export default` is not supported: export `request` and `response` by name',
  ExportAllDeclaration: '`export *` is not supported: export `request` and `response` by name',
};

const REFUSED_GLOBALS = new Set(
  `Promise Date Map Set WeakMap WeakSet WeakRef Symbol BigInt Proxy Reflect RegExp Function eval fetch require process
   module exports globalThis setTimeout setInterval setImmediate queueMicrotask structuredClone Buffer URL Intl WebAssembly
   Error TypeError RangeError ArrayBuffer Uint8Array Float32Array Float64Array Atomics SharedArrayBuffer`.split(
    /\s+/,
  ),
);

const CONTEXT_HANDLERS = new Set(['request', 'response']);

function operatorFault(node: SyntaxNode): string | null {
  if (node.type === 'UnaryExpression' && node.operator === '~') return '`~` is not supported';
  if (node.type !== 'BinaryExpression') return null;
  if (node.operator === 'in') return '`in` is not supported: call `Object.hasOwn`';
  return node.operator === 'instanceof' ? '`instanceof` is not supported' : null;
}

function functionFault(node: SyntaxNode): string | null {
  if (node.async === true) return '`async` is not supported: handlers are synchronous';
  if (node.generator === true) return 'generators are not supported';
  return node.type === 'ForOfStatement' && node.await === true ? '`for await` is not supported' : null;
}

function literalFault(node: SyntaxNode): string | null {
  if (node.type !== 'Literal') return null;
  if ('regex' in node) return 'regular expression literals are not supported: call `util.matches`';
  return 'bigint' in node ? 'BigInt literals are not supported' : null;
}

function callFault(node: SyntaxNode): string | null {
  if (node.type !== 'CallExpression') return null;
  const callee = node.callee as SyntaxNode;
  const isSort = callee.type === 'MemberExpression' && nameOf(callee.property) === 'sort';
  return isSort && (node.arguments as unknown[]).length > 0
    ? '`sort` with a comparison is not supported: sort in the data source or in a function'
    : null;
}

/** Names that the code declares itself, anywhere: such a name no longer means the global. */
function declaredNames(program: SyntaxNode): Set<string> {
  const names = new Set<string>();
  for (const { node } of nodesOf(program)) {
    const patterns: unknown[] = isFunction(node) ? [node.id, ...(node.params as unknown[])] : [];
    if (node.type === 'VariableDeclarator') patterns.push(node.id);
    if (node.type.startsWith('Import') && 'local' in node) patterns.push(node.local);
    for (const pattern of patterns) {
      if (pattern === null || pattern === undefined) continue;
      for (const { node: part } of nodesOf(pattern as SyntaxNode)) {
        if (part.type === 'Identifier') names.add(nameOf(part));
      }
    }
  }
  return names;
}

function globalFault(node: SyntaxNode, parent: SyntaxNode | null, declared: Set<string>): string | null {
  const name = nameOf(node);
  if (!isReference(node, parent) || !REFUSED_GLOBALS.has(name) || declared.has(name)) return null;
  return `\`${name}\` does not exist in APPSYNC_JS${name === 'Date' ? ': call `util.time`' : ''}`;
}

/** Returns the name that a `request` or `response` handler gives its context. */
function contextNameOf(node: SyntaxNode): string | null {
  if (!CONTEXT_HANDLERS.has(nameOf(node.id))) return null;
  const handler = node.type === 'VariableDeclarator' ? node.init : node;
  const parameter = isFunction(handler) ? (handler.params as SyntaxNode[])[0] : undefined;
  return parameter?.type === 'Identifier' ? nameOf(parameter) : null;
}

/** `ctx = …` and `ctx.args = …`: the service keeps the context read-only, except inside `stash`. */
function contextFaults(handler: SyntaxNode): CodeFault[] {
  const name = contextNameOf(handler);
  if (name === null) return [];
  return [...nodesOf(handler)].flatMap(({ node }) => {
    if (node.type !== 'AssignmentExpression') return [];
    const left = node.left as SyntaxNode;
    const target = left.type === 'MemberExpression' ? (left.object as SyntaxNode) : left;
    const isContext = target.type === 'Identifier' && nameOf(target) === name;
    return isContext ? [faultAt(node, `\`${name}\` is read-only: write into \`${name}.stash\``)] : [];
  });
}

function collectFaults(program: SyntaxNode): CodeFault[] {
  const declared = declaredNames(program);
  const functions = functionNamesOf(program);
  const faults: CodeFault[] = [];
  for (const { node, parent } of nodesOf(program)) {
    const message =
      REFUSED[node.type] ??
      operatorFault(node) ??
      functionFault(node) ??
      literalFault(node) ??
      callFault(node) ??
      methodFault(node, declared) ??
      functionValueFault(node, parent, functions) ??
      globalFault(node, parent, declared);
    if (message !== null) faults.push(faultAt(node, message));
    faults.push(...contextFaults(node));
  }
  return faults;
}

function syntaxFault(thrown: unknown): CodeFault {
  const { loc, message } = thrown as { loc?: { line: number; column: number }; message: string };
  const problem = `Parsing error: ${message.replace(/ \(\d+:\d+\)$/, '')}`;
  return { line: loc?.line ?? 1, column: (loc?.column ?? 0) + 1, span: 1, message: problem, isSyntax: true };
}

/** Parses resolver code and lists everything the APPSYNC_JS runtime would refuse. */
export function checkCode(code: string): { program: Program | null; faults: CodeFault[] } {
  if (code.length > limits.codeCharacters) {
    const message = `the code has ${code.length} characters; the limit is ${limits.codeCharacters}`;
    return { program: null, faults: [{ line: 1, column: 1, span: code.length, message }] };
  }
  try {
    const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
    const faults = [...collectFaults(program as unknown as SyntaxNode), ...findRecursion(program)];
    return { program, faults: faults.sort((a, b) => a.line - b.line || a.column - b.column) };
  } catch (thrown) {
    return { program: null, faults: [syntaxFault(thrown)] };
  }
}
