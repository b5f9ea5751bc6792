import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluateCode } from '../local/appsync/evaluate-code.ts';
import type { EvaluateCodeAnswer, EvaluateCodeRequest } from '../local/appsync/evaluate-code.ts';
import { bundleResolvers } from './bundle-resolvers.ts';

const usage = `Evaluates one handler of a resolver on one context, as \`aws appsync evaluate-code\` does.

  npm run evaluate -- --code FILE --function request|response [--context FILE] [--typescript]
                      [--operation query|mutation|subscription]

  --code        a resolver: JavaScript as it is deployed, or TypeScript, which is bundled and checked first
  --context     JSON with any of arguments, source, identity, stash, prev, result, error, info, request, env
  --typescript  bundle and check the file whatever its name ends with

Prints JSON: evaluationResult, stash, logs, outErrors, error, skipTo, extensions. Ends with 1 when there is an error.`;

interface Choice {
  code: string;
  handler: EvaluateCodeRequest['function'];
  context: EvaluateCodeRequest['context'];
  operation: NonNullable<EvaluateCodeRequest['operation']>;
  isTypeScript: boolean;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new Error(`--${name} must be one of ${allowed.join(', ')}, not '${value}'`);
}

function readContext(path: string | undefined): EvaluateCodeRequest['context'] {
  if (path === undefined) return {};
  let context: unknown;
  try {
    context = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`--context: ${path}: ${(cause as Error).message}`, { cause });
  }
  if (context !== null && typeof context === 'object' && !Array.isArray(context)) return context;
  throw new Error(`--context: ${path} must hold a JSON object`);
}

function readChoice(args: string[]): Choice {
  const { values } = parseArgs({
    args,
    options: {
      code: { type: 'string' },
      function: { type: 'string' },
      context: { type: 'string' },
      operation: { type: 'string', default: 'query' },
      typescript: { type: 'boolean', default: false },
    },
  });
  if (values.code === undefined) throw new Error('--code is missing');
  if (values.function === undefined) throw new Error('--function is missing');
  return {
    code: resolve(values.code),
    handler: oneOf('function', values.function, ['request', 'response']),
    context: readContext(values.context),
    operation: oneOf('operation', values.operation, ['query', 'mutation', 'subscription']),
    isTypeScript: values.typescript || extname(values.code) === '.ts',
  };
}

async function codeOf({ code, isTypeScript }: Choice): Promise<string> {
  if (!isTypeScript) return readFileSync(code, 'utf8');
  const [bundle] = await bundleResolvers([{ name: basename(code, extname(code)), path: code }]);
  return bundle?.code ?? '';
}

async function evaluate(choice: Choice): Promise<EvaluateCodeAnswer> {
  const { code, handler, context, operation } = choice;
  return evaluateCode({
    code: await codeOf(choice),
    fileName: basename(code),
    function: handler,
    ...(context ? { context } : {}),
    operation,
  });
}

try {
  const answer = await evaluate(readChoice(process.argv.slice(2)));
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  process.exitCode = answer.error === null ? 0 : 1;
} catch (thrown) {
  process.stderr.write(`${(thrown as Error).message}\n\n${usage}\n`);
  process.exitCode = 2;
}
