import ts from 'typescript';
import { collectNames, findRecursion, refuseName } from './name-rules.ts';
import { refuseSyntax, type Refusal } from './syntax-rules.ts';

/** The most characters that AppSync takes for one resolver or function. */
export const MAX_CODE_CHARACTERS = 32_768;

/** One construct of a bundle that AppSync would refuse; the position counts from 0. */
export interface Finding extends Refusal {
  line: number;
  column: number;
}

const modules = ['', '/dynamodb', '/rds', '/ai'].map((part) => `@aws-appsync/utils${part}`);

function findModuleFaults(file: ts.SourceFile, report: (node: ts.Node, refusal: Refusal) => void): void {
  const exported = new Set<string>();
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const name = statement.moduleSpecifier.text;
      if (!modules.includes(name))
        report(statement, { rule: `no import of ${name}`, advice: modules.join(' or ') });
    }
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    ) {
      for (const { name } of statement.exportClause.elements) exported.add(name.text);
    }
    if (ts.isFunctionDeclaration(statement) && statement.name) {
      if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
        exported.add(statement.name.text);
    }
  }
  for (const handler of ['request', 'response']) {
    if (!exported.has(handler)) {
      report(file, { rule: `no ${handler} handler`, advice: `export function ${handler}(ctx) { … }` });
    }
  }
}

/** Finds everything in a bundled resolver that APPSYNC_JS does not allow. */
export function checkResolver(code: string): Finding[] {
  const file = ts.createSourceFile('resolver.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const findings: Finding[] = [];
  const report = (node: ts.Node, refusal: Refusal): void => {
    const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
    findings.push({ ...refusal, line, column: character });
  };
  if (code.length > MAX_CODE_CHARACTERS) {
    report(file, {
      rule: `${code.length} characters; at most ${MAX_CODE_CHARACTERS}`,
      advice: 'less shared code, or a pipeline function',
    });
  }
  findModuleFaults(file, report);
  const names = collectNames(file);
  const visit = (node: ts.Node): void => {
    const refusal = refuseSyntax(node) ?? refuseName(node, names);
    if (refusal) report(node, refusal);
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const node of findRecursion(names))
    report(node, { rule: 'no recursion', advice: 'a loop over a list of what is left' });
  return findings;
}
