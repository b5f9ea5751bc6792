import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const runtimeGlobals = fileURLToPath(new URL('../../resolvers/shared/runtime-globals.d.ts', import.meta.url));

/** The service type-checks code when it is deployed, without strictness, and says no more than "one or more errors". */
const options: ts.CompilerOptions = {
  noEmit: true,
  allowJs: true,
  checkJs: true,
  strict: false,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts'],
  types: [],
  skipLibCheck: true,
};

/** Returns the type errors in bundled resolvers, each with its place. */
export function checkBundleTypes(paths: string[]): string[] {
  const program = ts.createProgram([...paths, runtimeGlobals], options);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!file) return message;
    const { line, character } = file.getLineAndCharacterOfPosition(start);
    return `${file.fileName}:${line + 1}:${character + 1}: ${message}`;
  });
}
