import { Script } from 'node:vm';
import type { Program } from 'acorn';
import { checkCode } from './check-code.ts';
import { insertAll, stepInsertions } from './count-steps.ts';
import { moduleExports } from './function-names.ts';
import { SourcePlaces } from './source-places.ts';
import { faultAt, nameOf, nodesOf } from './syntax.ts';
import type { CodeFault, SyntaxNode } from './syntax.ts';

/** Resolver code, ready to be evaluated any number of times. */
export interface CompiledCode {
  script: Script;
  handlers: ReadonlySet<string>;
  places: SourcePlaces;
}

/** Thrown when the service would refuse the code; lists every fault with its place. */
export class CodeRefused extends Error {
  readonly faults: readonly string[];
  readonly details: readonly CodeFault[];

  constructor(name: string, faults: readonly CodeFault[]) {
    const lines = faults.map((fault) => `${name}:${fault.line}:${fault.column} ${fault.message}`);
    super(lines.join('\n'));
    this.name = 'CodeRefused';
    this.faults = lines;
    this.details = faults;
  }
}

interface Rewritten {
  /** The same text with imports and export keywords blanked, so that lines and columns stay. */
  body: string;
  imports: string[];
  /** Exported name to local name. */
  exports: Map<string, string>;
}

function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + text.slice(end);
}

/** Returns the `const` that stands for an import, or the fault in it; `modules` is what the code calls the importable ones. */
function bindImport(node: SyntaxNode, modules: string): string | CodeFault {
  const source = (node.source as { value: string }).value;
  const known = Object.hasOwn(moduleExports, source) ? moduleExports[source] : undefined;
  if (known === undefined) {
    const names = Object.keys(moduleExports).join(', ');
    return faultAt(node, `cannot import '${source}': only ${names} exist`);
  }
  const from = `${modules}[${JSON.stringify(source)}]`;
  const bindings: string[] = [];
  for (const specifier of node.specifiers as SyntaxNode[]) {
    const local = nameOf(specifier.local);
    if (specifier.type === 'ImportNamespaceSpecifier') return `const ${local} = ${from};`;
    const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : 'default';
    if (!Object.hasOwn(known, imported))
      return faultAt(specifier, `'${source}' does not export '${imported}'`);
    bindings.push(`${imported}: ${local}`);
  }
  return `const { ${bindings.join(', ')} } = ${from};`;
}

function declaredNames(declaration: SyntaxNode): string[] {
  if (declaration.type === 'FunctionDeclaration') return [nameOf(declaration.id)];
  return (declaration.declarations as SyntaxNode[]).map((declarator) => nameOf(declarator.id));
}

interface Parsed {
  code: string;
  program: Program;
}

/** Returns names that the code does not have, in whatever spelling: all of its own are free for it. */
function unusedNames<Wanted extends string>(
  program: Program,
  wanted: readonly Wanted[],
): Record<Wanted, string> {
  const taken = new Set<string>();
  for (const { node } of nodesOf(program as unknown as SyntaxNode))
    if (node.type === 'Identifier') taken.add(nameOf(node));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  return Object.fromEntries(wanted.map((name) => [name, free(`$${name}`)])) as Record<Wanted, string>;
}

function rewriteModule({ code, program }: Parsed, modules: string, faults: CodeFault[]): Rewritten {
  const rewritten: Rewritten = { body: code, imports: [], exports: new Map() };
  for (const node of program.body as unknown as SyntaxNode[]) {
    if (node.type === 'ImportDeclaration') {
      const binding = bindImport(node, modules);
      if (typeof binding === 'string') rewritten.imports.push(binding);
      else faults.push(binding);
      rewritten.body = blank(rewritten.body, node.start, node.end);
    } else if (node.type === 'ExportNamedDeclaration') {
      rewriteExport(node, rewritten, faults);
    }
  }
  return rewritten;
}

function rewriteExport(node: SyntaxNode, rewritten: Rewritten, faults: CodeFault[]): void {
  const declaration = node.declaration as SyntaxNode | null;
  if (declaration) {
    rewritten.body = blank(rewritten.body, node.start, declaration.start);
    for (const name of declaredNames(declaration)) rewritten.exports.set(name, name);
    return;
  }
  if (node.source) faults.push(faultAt(node, '`export … from` is not supported: bundle the module'));
  for (const specifier of node.specifiers as SyntaxNode[]) {
    rewritten.exports.set(nameOf(specifier.exported), nameOf(specifier.local));
  }
  rewritten.body = blank(rewritten.body, node.start, node.end);
}

/**
 * Compiles one APPSYNC_JS module once. The script gives a factory, which the sandbox calls with the importable modules;
 * nothing of the code runs here.
 */
export function compileCode(name: string, code: string): CompiledCode {
  const { program, faults } = checkCode(code);
  if (program === null) throw new CodeRefused(name, faults);
  const { modules, step, bounded } = unusedNames(program, ['modules', 'step', 'bounded']);
  const { body, imports, exports } = rewriteModule({ code, program }, modules, faults);
  for (const handler of ['request', 'response']) {
    if (!exports.has(handler))
      faults.push({ line: 1, column: 1, span: 1, message: `the code does not export '${handler}'` });
  }
  if (faults.length > 0) throw new CodeRefused(name, faults);
  const prefix = `((${modules}, ${step}, ${bounded}) => { "use strict"; ${imports.join(' ')}`;
  const results = [...exports].map(([exported, local]) => `${JSON.stringify(exported)}: ${local}`);
  const insertions = stepInsertions(program, { step, bounded });
  const source = `${prefix}${insertAll(body, insertions)}\n;return { ${results.join(', ')} }; })`;
  const script = new Script(source, { filename: name, columnOffset: -prefix.length });
  return { script, handlers: new Set(exports.keys()), places: new SourcePlaces(name, code, insertions) };
}
