import ts from 'typescript';
import { callbackMethods, globals, methods, replacements, statics } from './allowed.ts';
import type { Refusal } from './syntax-rules.ts';

export type FunctionNode = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction;

/** What the names of one bundle stand for. */
export interface Names {
  declared: ReadonlySet<string>;
  /** What the runtime's own modules export: the compiler checks how it is used. */
  imported: ReadonlySet<string>;
  /** Functions by the name that they are declared or assigned with. */
  functions: ReadonlyMap<string, FunctionNode>;
  /** The first parameters of the two handlers. */
  contexts: ReadonlySet<string>;
}

export const isFunction = (node: ts.Node): node is FunctionNode =>
  ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node);

function collectBinding(name: ts.BindingName, declared: Set<string>): void {
  if (ts.isIdentifier(name)) {
    declared.add(name.text);
    return;
  }
  for (const element of name.elements) {
    if (ts.isBindingElement(element)) collectBinding(element.name, declared);
  }
}

/** Reads every declaration of a bundle. Bundlers give top-level names that are unique, so that scopes need no telling apart. */
export function collectNames(file: ts.SourceFile): Names {
  const declared = new Set<string>();
  const imported = new Set<string>();
  const functions = new Map<string, FunctionNode>();
  function visit(node: ts.Node): void {
    if (ts.isVariableDeclaration(node) || ts.isParameter(node)) collectBinding(node.name, declared);
    if (ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) imported.add(node.name.text);
    if (ts.isImportClause(node) && node.name) imported.add(node.name.text);
    if (isFunction(node) && node.name) {
      declared.add(node.name.text);
      functions.set(node.name.text, node);
    }
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      if (isFunction(node.initializer)) functions.set(node.name.text, node.initializer);
    }
    ts.forEachChild(node, visit);
  }
  visit(file);
  const contexts = new Set<string>();
  for (const handler of ['request', 'response']) {
    const name = functions.get(handler)?.parameters[0]?.name;
    if (name && ts.isIdentifier(name)) contexts.add(name.text);
  }
  return { declared, imported, functions, contexts };
}

/** Returns whether an identifier reads a variable, rather than naming a property, a binding or an export. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  return !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent) && !isFunction(parent);
}

function instead(name: string): string {
  return replacements[name] ?? 'something of the documented APPSYNC_JS feature list';
}

/** A function's name may be called, or given to an array method as its callback. */
function isCalled(node: ts.Identifier): boolean {
  const { parent } = node;
  if (!ts.isCallExpression(parent)) return false;
  if (parent.expression === node) return true;
  const { expression } = parent;
  return ts.isPropertyAccessExpression(expression) && callbackMethods.has(expression.name.text);
}

function refuseIdentifier(node: ts.Identifier, names: Names): Refusal | undefined {
  if (!isReference(node)) return undefined;
  const name = node.text;
  if (!names.declared.has(name) && !names.imported.has(name) && !globals.has(name)) {
    return { rule: `no ${name}: the runtime has no such global`, advice: instead(name) };
  }
  if (names.functions.has(name) && !isCalled(node)) {
    return {
      rule: 'no functions as values',
      advice: 'a call, or an arrow function as the callback of an array method',
    };
  }
  return undefined;
}

function refuseMethod(call: ts.CallExpression, names: Names): Refusal | undefined {
  const callee = call.expression;
  if (ts.isElementAccessExpression(callee)) {
    return { rule: 'no calls of computed names', advice: 'the method by its name, or a switch' };
  }
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const name = callee.name.text;
  const owner = callee.expression;
  if (isImported(owner, names)) return undefined;
  const builtIn = ts.isIdentifier(owner) && !names.declared.has(owner.text) ? statics[owner.text] : undefined;
  if (!(builtIn ?? methods).has(name)) {
    return {
      rule: `no ${builtIn ? `${owner.getText()}.` : '.'}${name}(): not available`,
      advice: instead(name),
    };
  }
  if (name === 'sort' && call.arguments.length > 0) {
    return { rule: 'no sort with arguments', advice: 'sort() on an array of strings that order as wanted' };
  }
  return undefined;
}

/** Calls like util.time.nowISO8601(): their types are checked by the compiler. */
function isImported(owner: ts.Expression, names: Names): boolean {
  let root = owner;
  while (ts.isPropertyAccessExpression(root)) root = root.expression;
  return ts.isIdentifier(root) && names.imported.has(root.text);
}

function refuseFunctionValue(node: FunctionNode): Refusal | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node.parent)) return undefined;
  const { parent } = node;
  if (ts.isCallExpression(parent) && ts.isPropertyAccessExpression(parent.expression)) {
    if (callbackMethods.has(parent.expression.name.text)) return undefined;
  }
  return {
    rule: 'no functions as values',
    advice: 'a callback of an array method, or a function declaration',
  };
}

function refuseAssignment(node: ts.BinaryExpression, names: Names): Refusal | undefined {
  const isAssignment =
    node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
    node.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
  if (!isAssignment) return undefined;
  const { left } = node;
  const target =
    ts.isPropertyAccessExpression(left) || ts.isElementAccessExpression(left) ? left.expression : left;
  if (!ts.isIdentifier(target)) return undefined;
  if (names.contexts.has(target.text))
    return { rule: 'no assignment to the context', advice: 'ctx.stash.name = value' };
  if (names.functions.has(target.text))
    return { rule: 'no reassigned functions', advice: 'an if inside the function' };
  return undefined;
}

/** Returns why the runtime refuses this use of a name. */
export function refuseName(node: ts.Node, names: Names): Refusal | undefined {
  if (ts.isIdentifier(node)) return refuseIdentifier(node, names);
  if (ts.isCallExpression(node)) return refuseMethod(node, names);
  if (ts.isBinaryExpression(node)) return refuseAssignment(node, names);
  return isFunction(node) ? refuseFunctionValue(node) : undefined;
}

/** Returns the functions that can reach themselves through calls. */
export function findRecursion({ functions }: Names): FunctionNode[] {
  const calls = new Map<string, Set<string>>();
  for (const [name, node] of functions) {
    const callees = new Set<string>();
    const visit = (child: ts.Node): void => {
      if (ts.isCallExpression(child) && ts.isIdentifier(child.expression)) callees.add(child.expression.text);
      ts.forEachChild(child, visit);
    };
    visit(node);
    calls.set(name, callees);
  }
  return [...functions].filter(([name]) => reaches(name, calls)).map(([, node]) => node);
}

function reaches(name: string, calls: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const seen = new Set<string>();
  const open = [...(calls.get(name) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === name) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(calls.get(next) ?? []));
  }
  return false;
}
