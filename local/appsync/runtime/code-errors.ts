import { createRequire } from 'node:module';
import type TypeScript from 'typescript';
import type { CodeFault } from './syntax.ts';

/** One construct that the service refuses, as its API tells it. */
export interface CodeError {
  errorType: 'PARSE_ERROR' | 'LINT_ERROR';
  /** As a compiler writes it: `code.js(5,44): error @aws-appsync/no-regex: …`, with a line break. */
  value: string;
  location: { line: number; column: number; span: number };
}

/** A rule of the service, and its words for code that breaks it. */
type Rule = readonly [code: string, words: string];

const STATIC_OWNERS: Record<string, string | undefined> = { Object: 'ObjectConstructor' };
const LIST_METHODS = new Set('copyWithin toReversed toSorted toSpliced'.split(' '));

/** How the messages of the local checks begin, and the rule that each stands for; `text` is the code in question. */
const RULES: readonly (readonly [start: RegExp, rule: (match: RegExpExecArray, text: string) => Rule])[] = [
  [/^`(?:await|for await)`/, () => ['no-await', 'The `await` keyword is not supported']],
  [/^`async`/, () => ['no-async', 'Async functions are not supported.']],
  [/^`class`/, () => ['no-classes', 'Class declarations are not supported.']],
  [/^`continue`/, () => ['no-continue', 'Continue statements are not supported']],
  [/^`do while`/, () => ['no-while', 'do...while statements are not supported.']],
  [/^`while`/, () => ['no-while', 'While statements are not supported.']],
  [/^`for \(;;\)`/, () => ['no-for', 'For statements are not supported.']],
  [/^`this`/, () => ['no-this', 'This expressions are not supported.']],
  [/^`throw`/, () => ['no-throw', 'Throw statements are not supported.']],
  [/^`try`/, () => ['no-try', 'Try statements are not supported.']],
  [/^`yield`/, () => ['no-yield', 'Yield statements are not supported']],
  [/^`in`/, () => ['no-in-operator', 'in operator is not supported. Use Object.hasOwn().']],
  [/^`instanceof`/, () => ['no-disallowed-binary-operators', 'The operator instanceof is not supported']],
  [
    /^`(?:\+\+|~)`/,
    (_, text) => [
      'no-disallowed-unary-operators',
      `The operator ${/\+\+|--|~/.exec(text)?.[0] ?? ''} is not supported`,
    ],
  ],
  [/^generators/, () => ['no-generators', 'Generator functions are not supported.']],
  [/^labels/, () => ['no-labels', 'Labeled statements are not supported.']],
  [/^regular expression/, () => ['no-regex', 'Regex literals are not supported.']],
  [
    /^a function cannot be passed/,
    () => ['no-function-passing', 'Functions can not be passed as an argument'],
  ],
  [/^a function cannot be returned/, () => ['no-function-return', 'returning a function is not allowed']],
  [/^a function cannot/, () => ['no-function-reassign', 're-assigning function is not allowed']],
  [
    /^recursion is not supported: `(\w+)`/,
    ([, name]) => ['no-recursion', `Recursive function calls not supported. Detected cycle in ${name ?? ''}`],
  ],
  [
    /^`(\w+)` is read-only/,
    ([, name = ''], text) => {
      const member = /^\w+\.(\w+)/.exec(text)?.[1];
      const words =
        member === undefined
          ? `${name} is readonly and re-assignment is not supported.`
          : `${name} is readonly. Adding/Updating ${member} is not supported.`;
      return ['no-disallowed-re-assignment', words];
    },
  ],
  [
    /^`(\w+)\.(\w+)` is not supported/,
    ([, owner = '', name]) => [
      'no-disallowed-methods',
      `Method ${STATIC_OWNERS[owner] ?? owner}.${name ?? ''} is not implemented`,
    ],
  ],
  [/^`Promise` does not exist/, () => ['no-promise', 'Promise is not supported']],
  [
    /^`(?!new\b)(\w+)` is not supported: /,
    ([, name = '']) => [
      'no-disallowed-methods',
      `Method ${LIST_METHODS.has(name) ? 'Array' : 'String'}.${name} is not implemented`,
    ],
  ],
];

function lineStart(code: string, line: number): number {
  return code
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, text) => sum + text.length + 1, 0);
}

function lintError(name: string, code: string, { line, column, span, message }: CodeFault): CodeError {
  const start = lineStart(code, line) + column - 1;
  const text = code.slice(start, start + span);
  let told = message;
  for (const [pattern, rule] of RULES) {
    const match = pattern.exec(message);
    if (!match) continue;
    const [id, words] = rule(match, text);
    told = `@aws-appsync/${id}: ${words}`;
    break;
  }
  const value = `${name}(${line},${column}): error ${told}\n`;
  return { errorType: 'LINT_ERROR', value, location: { line, column, span } };
}

/** What the compiler says, which reads code for the service; loaded only for code that cannot be read. */
function parseErrors(name: string, code: string): CodeError[] {
  const ts = createRequire(import.meta.url)('typescript') as typeof TypeScript;
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS);
  const { parseDiagnostics } = file as unknown as {
    parseDiagnostics: readonly TypeScript.DiagnosticWithLocation[];
  };
  return parseDiagnostics.map(({ start, length, code: number, messageText }) => {
    const at = file.getLineAndCharacterOfPosition(start);
    const location = { line: at.line + 1, column: at.character + 1, span: length };
    const words = ts.flattenDiagnosticMessageText(messageText, '\n');
    const value = `${name}(${location.line},${location.column}): error TS${number}: ${words}\n`;
    return { errorType: 'PARSE_ERROR', value, location };
  });
}

/** Words the faults of code as the service does. */
export function codeErrorsOf(name: string, code: string, faults: readonly CodeFault[]): CodeError[] {
  if (faults.some(({ isSyntax }) => isSyntax === true)) {
    const errors = parseErrors(name, code);
    if (errors.length > 0) return errors;
  }
  return faults.map((fault) => lintError(name, code, fault));
}
