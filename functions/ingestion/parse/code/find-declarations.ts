import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import type { LRParser } from '@lezer/lr';
import type { Heading } from '../section.ts';

function words(line: string): ReadonlySet<string> {
  return new Set(line.split(' '));
}

/** What holds other declarations, in the words of all grammars. */
const CONTAINERS = words(
  'ClassDeclaration InterfaceDeclaration EnumDeclaration RecordDeclaration NamespaceDeclaration ClassDefinition ClassSpecifier StructSpecifier NamespaceDefinition ImplItem TraitItem ModItem TraitDeclaration',
);
const FUNCTIONS = words(
  'FunctionDeclaration MethodDeclaration TypeAliasDeclaration FunctionDefinition ConstructorDeclaration EnumSpecifier FunctionItem StructItem EnumItem FunctionDecl MethodDecl TypeDecl',
);
/** What stands around a declaration and belongs to it. */
const WRAPPERS = words('ExportDeclaration DecoratedStatement TemplateDeclaration');
const COMMENTS = words('LineComment BlockComment Comment');
const FUNCTION_VALUES = words('ArrowFunction FunctionExpression ClassExpression');
const MAX_TITLE = 120;
const MAX_DECLARATIONS = 50_000;

function isFunctionValue(node: SyntaxNode): boolean {
  if (node.name !== 'VariableDeclaration') return false;
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (FUNCTION_VALUES.has(child.name)) return true;
  return false;
}

/** A comment directly above belongs to what it stands above. */
function includeComments(node: SyntaxNode, source: string): number {
  let start = node.from;
  for (let before = node.prevSibling; before && COMMENTS.has(before.name); before = before.prevSibling) {
    const gap = source.slice(before.to, start);
    if (gap.trim() !== '' || gap.split('\n').length > 2) break;
    start = before.from;
  }
  return start;
}

/** The declaration up to its body, on one line. */
function readTitle(node: SyntaxNode, source: string): string {
  const head = source.slice(node.from, Math.min(node.to, node.from + 4 * MAX_TITLE));
  const end = /\s*(=>|\{|:\s*\n|\n\s*\n)/.exec(head)?.index ?? head.length;
  return head.slice(0, end).replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE);
}

/** Returns the functions, classes and methods of a source file as headings that end where they end. */
export function findDeclarations(grammar: LRParser, source: string): Heading[] {
  const headings: Heading[] = [];
  const open: number[] = [];

  function enter(ref: SyntaxNodeRef): boolean {
    const isContainer = CONTAINERS.has(ref.name);
    const isFunction = !isContainer && (FUNCTIONS.has(ref.name) || ref.name === 'VariableDeclaration');
    if (!isContainer && !isFunction) return true;
    const { node } = ref;
    if (ref.name === 'VariableDeclaration' && !isFunctionValue(node)) return false;
    const outer = node.parent && WRAPPERS.has(node.parent.name) ? node.parent : node;
    while ((open.at(-1) ?? Infinity) <= node.from) open.pop();
    const title = readTitle(node, source);
    if (title !== '' && headings.length < MAX_DECLARATIONS)
      headings.push({
        offset: includeComments(outer, source),
        level: open.length + 1,
        title,
        endOffset: outer.to,
      });
    if (isContainer) open.push(node.to);
    return isContainer;
  }

  grammar.parse(source).iterate({ enter });
  return headings.sort((left, right) => left.offset - right.offset || left.level - right.level);
}
